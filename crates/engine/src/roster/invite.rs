//! Inviting: who is it, what KeyPackages do their devices have, do both fit what is pinned (PROTOCOL section 4,
//! way a).

use e2ee::{
    contacts::Trust, group::Intent, identity::IdentityKey, key_package::PeerKeyPackage,
    suite::Suite,
};
use protocol::{
    call::Call,
    error::ErrorCode,
    ids::{AccountId, RoomId},
    names::UserName,
    rest::{Account, ClaimedKeyPackages},
};

use super::derive::Step;
use crate::{
    api::{Alarm, Event},
    convert,
    engine::Engine,
    jobs::Job,
    rooms::Room,
    turn::Turn,
};

/// How far it is known who is invited. Asked again after a restart.
#[derive(Clone)]
pub(crate) enum Guest {
    /// The name points at this account.
    Account(AccountId),
    /// Checked KeyPackages of all devices.
    Devices(AccountId, Vec<PeerKeyPackage>),
    /// It cannot be.
    Refused(ErrorCode),
}

impl Engine {
    pub(super) fn invite_step(
        &mut self,
        room: &mut Room,
        number: u64,
        user: &UserName,
        again: bool,
        turn: &mut Turn<'_>,
    ) -> Step {
        let job_of = |guest: Option<&Guest>| match guest {
            None => (Job::Lookup(room.id), Call::Account(user.clone())),
            Some(Guest::Account(account) | Guest::Devices(account, _)) => {
                (Job::Claim(room.id), Call::ClaimKeyPackages(*account))
            }
            Some(Guest::Refused(_)) => (Job::Lookup(room.id), Call::Account(user.clone())),
        };
        let guest = room.guest_of(number).cloned();
        match guest {
            Some(Guest::Refused(code)) => Step::Refused(code),
            Some(Guest::Devices(account, packages)) => {
                let missing = room.without_leaf(packages);
                match (missing.is_empty(), again && room.member(account).is_some()) {
                    (true, true) => Step::Fulfilled,
                    (true, false) => Step::Refused(ErrorCode::AlreadyMember),
                    (false, _) => Step::Commit(Box::new(Intent::invite(missing))),
                }
            }
            unfinished => {
                let (job, call) = job_of(unfinished.as_ref());
                if self.jobs.may_start(&job, turn.now) {
                    self.jobs.start(job, call, turn);
                }
                Step::Wait
            }
        }
    }

    pub(crate) fn account_came(&mut self, id: RoomId, account: &Account, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |engine, room, turn| {
            let Some((number, user)) = room.invited_user() else {
                return;
            };
            let guest = match engine.check_account(&user, account, turn) {
                Ok(()) => Guest::Account(account.account_id),
                Err(code) => Guest::Refused(code),
            };
            room.roster.guest = Some((number, guest));
        });
    }

    /// The server's word for a name, held against the identity that is pinned under it.
    fn check_account(
        &self,
        user: &UserName,
        account: &Account,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let identity = <&[u8; 32]>::try_from(account.identity_key.as_slice())
            .ok()
            .and_then(|key| IdentityKey::parse(key).ok())
            .ok_or(ErrorCode::IdentityMismatch)?;
        let id = convert::account(account.account_id);
        if identity.account_id() != id || account.username != *user {
            return Err(ErrorCode::IdentityMismatch);
        }
        // A name that led to somebody else before leads there still, or somebody lies.
        let before = self
            .contacts
            .pins()
            .find(|(pinned, pin)| **pinned != id && pin.name().as_str() == user.as_str());
        match before {
            Some((former, _)) if self.contacts.trust(id) == Trust::Unknown => {
                let account = convert::account_out(*former);
                turn.event(Event::Alarm(Alarm::IdentityChanged { account }));
                Err(ErrorCode::IdentityMismatch)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn key_packages_claimed(
        &mut self,
        id: RoomId,
        claimed: &ClaimedKeyPackages,
        turn: &mut Turn<'_>,
    ) {
        self.with_room(id, turn, |engine, room, turn| {
            let Some((number, _)) = room.invited_user() else {
                return;
            };
            let Some(Guest::Account(account)) = room.guest_of(number).cloned() else {
                return;
            };
            let suite = room.group.as_ref().map(|group| group.policy().suite);
            let checked = engine.check_key_packages(account, claimed, suite, turn);
            let guest = match checked {
                Ok(packages) => Guest::Devices(account, packages),
                Err(code) => Guest::Refused(code),
            };
            room.roster.guest = Some((number, guest));
        });
    }

    /// All devices of the account, each with a certificate that chains to its identity and is not behind the pin.
    fn check_key_packages(
        &mut self,
        account: AccountId,
        claimed: &ClaimedKeyPackages,
        suite: Option<Suite>,
        turn: &mut Turn<'_>,
    ) -> Result<Vec<PeerKeyPackage>, ErrorCode> {
        let suite = suite.ok_or(ErrorCode::NotAMember)?;
        let mut packages = Vec::new();
        for one in &claimed.key_packages {
            let package = PeerKeyPackage::parse(one.key_package.as_slice(), suite)
                .map_err(|_| ErrorCode::BadMls)?;
            let certificate = package.certificate();
            let whose = convert::account_out(certificate.account()) == account
                && convert::device_out(certificate.device()) == one.device_id;
            let pin = self.contacts.pin(certificate.account());
            let behind = pin.is_some_and(|pin| certificate.generation() < pin.generation());
            if !whose || behind {
                return Err(ErrorCode::IdentityMismatch);
            }
            packages.push(package);
        }
        if packages.is_empty() {
            return Err(ErrorCode::NoKeyPackages);
        }
        for package in &packages {
            self.observe(package.certificate(), turn);
        }
        Ok(packages)
    }

    /// The server refuses to say who it is, or has no KeyPackages.
    pub(crate) fn guest_refused(&mut self, id: RoomId, code: ErrorCode, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |_, room, _| {
            if let Some((number, _)) = room.invited_user() {
                room.roster.guest = Some((number, Guest::Refused(code)));
            }
        });
    }
}

impl Room {
    /// The first wish that invites somebody.
    fn invited_user(&self) -> Option<(u64, UserName)> {
        let mut wishes = self.roster.wishes.iter();
        wishes.find_map(|(number, wished)| match &wished.wish {
            super::Wish::Invite { user } => Some((*number, user.clone())),
            _ => None,
        })
    }

    fn without_leaf(&self, packages: Vec<PeerKeyPackage>) -> Vec<PeerKeyPackage> {
        let group = self.group.as_ref();
        packages
            .into_iter()
            .filter(|package| {
                let device = package.certificate().device();
                group.is_none_or(|group| group.leaf(device).is_none())
            })
            .collect()
    }
}
