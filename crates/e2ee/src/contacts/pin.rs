//! What is remembered of one contact, and what may be said about it.

use crate::ordered::Set;

use crate::{
    certificate::DeviceCertificate,
    codec::{CodecError, Reader, Writer},
    identity::IdentityKey,
    ids::AccountId,
    user_name::UserName,
};

/// What is remembered of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    identity: IdentityKey,
    pub(super) generation: u32,
    pub(super) name: UserName,
    pub(super) first_seen_ms: u64,
    pub(super) twins: Set<AccountId>,
    pub(super) verified: Option<Verification>,
}

/// Two people compared their safety number, or took back that they had. The greater one counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Verification {
    pub(super) at_ms: u64,
    /// It was taken back: of one moment, this counts.
    pub(super) withdrawn: bool,
    /// The twins that were known then: the person saw them and verified all the same.
    pub(super) despite: Set<AccountId>,
}

/// What a screen may say about an account. The only place where trust is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Never met: the server's word.
    Unknown,
    /// Met before, never verified.
    Pinned,
    /// The safety number was compared.
    Verified,
    /// Another account showed the same name since: "identity changed". Verifying again ends it.
    Changed,
}

impl Pin {
    /// The identity key.
    #[must_use]
    pub const fn identity(&self) -> &IdentityKey {
        &self.identity
    }

    /// The highest generation that was seen.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The name under which the account was first met.
    #[must_use]
    pub const fn name(&self) -> &UserName {
        &self.name
    }

    /// Other accounts that showed the same name.
    #[must_use]
    pub const fn twins(&self) -> &Set<AccountId> {
        &self.twins
    }

    /// When the safety number was last compared, in unix milliseconds.
    #[must_use]
    pub fn verified_at_ms(&self) -> Option<u64> {
        let stands = self.verified.as_ref().filter(|it| !it.withdrawn);
        stands.map(|verification| verification.at_ms)
    }

    /// What a screen may say.
    #[must_use]
    pub fn trust(&self) -> Trust {
        match self.verified.as_ref().filter(|it| !it.withdrawn) {
            Some(verification) if self.twins.is_subset(&verification.despite) => Trust::Verified,
            None if self.twins.is_empty() => Trust::Pinned,
            _ => Trust::Changed,
        }
    }

    pub(super) fn first(certificate: &DeviceCertificate, now_ms: u64) -> Self {
        Self {
            identity: *certificate.identity(),
            generation: certificate.generation(),
            name: certificate.name().clone(),
            first_seen_ms: now_ms,
            twins: Set::new(),
            verified: None,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.generation = self.generation.max(other.generation);
        if (other.first_seen_ms, &other.name) < (self.first_seen_ms, &self.name) {
            (self.first_seen_ms, self.name) = (other.first_seen_ms, other.name.clone());
        }
        self.twins.extend(other.twins.iter().copied());
        if other.verified > self.verified {
            self.verified.clone_from(&other.verified);
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.fixed(self.identity.as_bytes());
        writer.u32(self.generation);
        writer.vec(self.name.as_str().as_bytes());
        writer.u64(self.first_seen_ms);
        write_accounts(writer, &self.twins);
        match &self.verified {
            None => writer.u8(0),
            Some(verification) => {
                writer.u8(if verification.withdrawn { 2 } else { 1 });
                writer.u64(verification.at_ms);
                write_accounts(writer, &verification.despite);
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            identity: IdentityKey::parse(&reader.array()?).map_err(|_| CodecError::BadValue)?,
            generation: reader.u32()?,
            name: UserName::parse(reader.vec(UserName::MAX_LEN)?)
                .map_err(|_| CodecError::BadValue)?,
            first_seen_ms: reader.u64()?,
            twins: read_accounts(reader)?,
            verified: match reader.u8()? {
                0 => None,
                flag @ (1 | 2) => Some(Verification {
                    withdrawn: flag == 2,
                    at_ms: reader.u64()?,
                    despite: read_accounts(reader)?,
                }),
                _ => return Err(CodecError::BadValue),
            },
        })
    }
}

fn write_accounts(writer: &mut Writer, accounts: &Set<AccountId>) {
    let bytes: Vec<u8> = accounts
        .iter()
        .flat_map(|account| *account.as_bytes())
        .collect();
    writer.vec(&bytes);
}

fn read_accounts(reader: &mut Reader<'_>) -> Result<Set<AccountId>, CodecError> {
    let (accounts, rest) = reader.vec(reader.rest().len())?.as_chunks::<16>();
    if !rest.is_empty() || !accounts.is_sorted_by(|a, b| a < b) {
        return Err(CodecError::NotCanonical);
    }
    Ok(accounts
        .iter()
        .map(|account| AccountId::from(*account))
        .collect())
}
