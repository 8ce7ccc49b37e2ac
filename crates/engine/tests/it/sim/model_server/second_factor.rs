//! The second factor as a server must keep it: nothing before the code, each code once, so many wrong ones in a row.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    call::Reply,
    error::{ErrorBody, ErrorCode},
    ids::{AccountId, DeviceId, LoginId},
    limits,
    rest::{
        BackupCodes, EnrolFinish, EnrolStart, EnrolStarted, Enrolled, FactorCode, LoginCode,
        SecondFactor, SecondFactorKind, SecondFactorLeg, SecondFactorWanted, StepUp,
    },
    time::Timestamp,
};
use rand_core::RngCore;
use sha2::{Digest, Sha256};

use super::{ModelServer, Origin, Refusal};

/// All second factors, and what waits for a code.
#[derive(Clone, Default)]
pub(super) struct Factors {
    of: BTreeMap<AccountId, Factor>,
    waiting: BTreeMap<LoginId, (AccountId, Option<DeviceId>, Timestamp)>,
    /// Seeds by the token of the session that enrols.
    enrolling: BTreeMap<String, Vec<u8>>,
}

#[derive(Clone)]
struct Factor {
    seed: Vec<u8>,
    enrolled: Timestamp,
    last_step: u64,
    backup: BTreeSet<String>,
    wrong: u32,
    wait_until: Timestamp,
}

impl Factors {
    pub(super) fn guards(&self, account: AccountId) -> bool {
        self.of.contains_key(&account)
    }
}

/// What an app makes of a seed. No client knows how codes are made, so that this need not be the standard's way.
pub(crate) fn code_at(seed: &[u8], now: Timestamp) -> String {
    code_of(seed, now.millis() / 30_000)
}

fn code_of(seed: &[u8], step: u64) -> String {
    let hash = Sha256::new()
        .chain_update(seed)
        .chain_update(step.to_be_bytes())
        .finalize();
    let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    format!("{:06}", number % 1_000_000)
}

impl ModelServer {
    pub(super) fn code_wanted(&mut self, account: AccountId, device: Option<DeviceId>) -> Reply {
        let login_id = LoginId::from_bytes(self.draw_16());
        let waits = (account, device, self.now);
        self.factors.waiting.insert(login_id, waits);
        Reply::SecondFactorWanted(SecondFactorWanted {
            second_factor: SecondFactorLeg {
                login_id,
                kinds: vec![SecondFactorKind::Totp, SecondFactorKind::BackupCode],
            },
        })
    }

    pub(super) fn login_code(&mut self, leg: &LoginCode) -> Result<Reply, Refusal> {
        let now = self.now;
        let waits = self.factors.waiting.get(&leg.login_id).copied();
        let (account, device, _) = waits
            .filter(|(.., began)| now.since(*began) < limits::CODE_LEG_MILLIS)
            .ok_or(ErrorCode::LoginFailed)?;
        self.use_code(account, &leg.code)?;
        self.factors.waiting.remove(&leg.login_id);
        self.log_in(account, device)
    }

    pub(super) fn second_factor(&self, origin: &Origin) -> Result<Reply, Refusal> {
        let kept = self.factors.of.get(&self.session_account(origin)?);
        Ok(Reply::SecondFactor(SecondFactor {
            kinds: kept.map_or(vec![], |_| vec![SecondFactorKind::Totp]),
            backup_codes_left: kept.map_or(0, |kept| kept.backup.len() as u32),
        }))
    }

    pub(super) fn enrol_start(
        &mut self,
        origin: &Origin,
        start: &EnrolStart,
    ) -> Result<Reply, Refusal> {
        let account = self.session_account(origin)?;
        if self.knows_password(start.proof.login_id, &start.proof.finish)? != account {
            return Err(ErrorCode::LoginFailed.into());
        }
        if self.factors.guards(account) {
            return Err(ErrorCode::SecondFactorExists.into());
        }
        let mut seed = vec![0; 20];
        self.rng.fill_bytes(&mut seed);
        let token = origin.token.clone().unwrap_or_default();
        self.factors.enrolling.insert(token, seed.clone());
        Ok(Reply::EnrolStarted(EnrolStarted { seed: seed.into() }))
    }

    pub(super) fn enrol_finish(
        &mut self,
        origin: &Origin,
        finish: &EnrolFinish,
    ) -> Result<Reply, Refusal> {
        let account = self.session_account(origin)?;
        let token = origin.token.clone().unwrap_or_default();
        let seed = self.factors.enrolling.get(&token).cloned();
        let seed = seed.ok_or(ErrorCode::NoSecondFactor)?;
        let last_step = step_of(&seed, &finish.code, self.now).ok_or(ErrorCode::CodeWrong)?;
        self.factors.enrolling.remove(&token);
        let codes = self.draw_codes();
        let factor = Factor {
            seed,
            enrolled: self.now,
            last_step,
            backup: codes.iter().map(|code| code.0.clone()).collect(),
            wrong: 0,
            wait_until: Timestamp::default(),
        };
        self.factors.of.insert(account, factor);
        Ok(Reply::Enrolled(Enrolled {
            backup_codes: codes,
            session: self.turn_token(origin)?,
        }))
    }

    pub(super) fn remove_second_factor(
        &mut self,
        origin: &Origin,
        shown: &StepUp,
    ) -> Result<Reply, Refusal> {
        let account = self.step_up(origin, shown)?;
        self.factors.of.remove(&account);
        Ok(Reply::Session(self.turn_token(origin)?))
    }

    pub(super) fn new_backup_codes(
        &mut self,
        origin: &Origin,
        shown: &StepUp,
    ) -> Result<Reply, Refusal> {
        let account = self.step_up(origin, shown)?;
        let codes = self.draw_codes();
        if let Some(factor) = self.factors.of.get_mut(&account) {
            factor.backup = codes.iter().map(|code| code.0.clone()).collect();
        }
        Ok(Reply::BackupCodes(BackupCodes {
            backup_codes: codes,
        }))
    }

    fn step_up(&mut self, origin: &Origin, shown: &StepUp) -> Result<AccountId, Refusal> {
        let account = self.session_account(origin)?;
        if self.knows_password(shown.proof.login_id, &shown.proof.finish)? != account {
            return Err(ErrorCode::LoginFailed.into());
        }
        self.use_code(account, &shown.code)?;
        Ok(account)
    }

    /// A code where one is wanted: a session that began by showing one has shown it, for a while.
    pub(super) fn check_code(
        &mut self,
        origin: &Origin,
        account: AccountId,
        code: Option<&FactorCode>,
    ) -> Result<(), Refusal> {
        let began = self.session(origin)?.started;
        let Some(factor) = self.factors.of.get(&account) else {
            return Ok(());
        };
        if began > factor.enrolled && self.now.since(began) < limits::CODE_STANDS_MILLIS {
            return Ok(());
        }
        self.use_code(account, code.ok_or(ErrorCode::SecondFactorRequired)?)
    }

    /// A code, where the account has a second factor, whatever the session has shown.
    pub(super) fn show_code(
        &mut self,
        account: AccountId,
        code: Option<&FactorCode>,
    ) -> Result<(), Refusal> {
        if !self.factors.guards(account) {
            return Ok(());
        }
        self.use_code(account, code.ok_or(ErrorCode::SecondFactorRequired)?)
    }

    /// What waits for a code was shown before the password became another one.
    pub(super) fn drop_waiting(&mut self, account: AccountId) {
        self.factors.waiting.retain(|_, (of, ..)| *of != account);
    }

    fn use_code(&mut self, account: AccountId, code: &FactorCode) -> Result<(), Refusal> {
        let now = self.now;
        let factor = self.factors.of.get_mut(&account);
        let factor = factor.ok_or(ErrorCode::NoSecondFactor)?;
        if now < factor.wait_until {
            let mut body = ErrorBody::new(ErrorCode::RateLimited, now);
            body.retry_after_ms = Some(factor.wait_until.since(now));
            return Err(Refusal::Body(Box::new(body)));
        }
        let step = step_of(&factor.seed, code, now).filter(|step| *step > factor.last_step);
        if let Some(step) = step {
            factor.last_step = step;
        } else if !factor.backup.remove(&code.0) {
            factor.wrong += 1;
            if factor.wrong >= limits::CODE_TRIES {
                let doubled =
                    limits::CODE_WAIT_MILLIS << (factor.wrong - limits::CODE_TRIES).min(16);
                factor.wait_until = now.plus(doubled.min(limits::CODE_WAIT_MAX_MILLIS));
            }
            return Err(ErrorCode::CodeWrong.into());
        }
        factor.wrong = 0;
        Ok(())
    }

    fn draw_codes(&mut self) -> Vec<FactorCode> {
        let draw = |_| FactorCode(AccountId::from_bytes(self.draw_16()).to_string());
        (0..limits::BACKUP_CODES).map(draw).collect()
    }
}

fn step_of(seed: &[u8], code: &FactorCode, now: Timestamp) -> Option<u64> {
    let here = now.millis() / 30_000;
    (here - 1..=here + 1).find(|step| code_of(seed, *step) == code.0)
}
