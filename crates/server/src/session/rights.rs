//! What whoever asks may do, by the kind of token that was shown.

use protocol::{error::ErrorCode, rest::Scope};

use super::FamilyId;
use crate::failure::Refusal;

/// By what somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// By the session's own token: whatever the account may.
    Session,
    /// By an access token: the same, but for what would outlast it.
    Access(FamilyId),
    /// By an API token: what its scopes name.
    Api(Scopes),
}

impl Rights {
    /// Whether what needs this scope is allowed.
    ///
    /// # Errors
    /// `SCOPE_MISSING`.
    pub(crate) fn need(self, scope: Scope) -> Result<(), Refusal> {
        match self {
            Self::Api(scopes) if !scopes.has(scope) => Err(Refusal::of(ErrorCode::ScopeMissing)),
            Self::Api(_) | Self::Session | Self::Access(_) => Ok(()),
        }
    }

    /// Whether it is an API token's.
    pub(crate) const fn is_api(self) -> bool {
        matches!(self, Self::Api(_))
    }
}

/// A set of scopes, as it is stored: one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scopes(u8);

impl Scopes {
    const fn bit(scope: Scope) -> u8 {
        match scope {
            Scope::Read => 1,
            Scope::Write => 2,
            Scope::Files => 4,
        }
    }

    /// The set of these; none if it is empty.
    pub(crate) fn of(scopes: &[Scope]) -> Option<Self> {
        let bits = scopes.iter().fold(0, |bits, it| bits | Self::bit(*it));
        Self::from_bits(bits.into())
    }

    /// As it was stored.
    pub(crate) fn from_bits(bits: u64) -> Option<Self> {
        let bits = u8::try_from(bits).ok()?;
        (1..=7).contains(&bits).then_some(Self(bits))
    }

    /// As it is stored.
    pub(crate) fn bits(self) -> u64 {
        self.0.into()
    }

    fn has(self, scope: Scope) -> bool {
        self.0 & Self::bit(scope) != 0
    }

    /// In the order of the wire.
    pub(crate) fn list(self) -> Vec<Scope> {
        Scope::ALL
            .into_iter()
            .filter(|scope| self.has(*scope))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_what_went_into_it() {
        for scope in Scope::ALL {
            let one = Scopes::of(&[scope, scope]).unwrap();
            assert_eq!(one.list(), [scope]);
            assert_eq!(Scopes::from_bits(one.bits()), Some(one));
            for other in Scope::ALL {
                let allowed = Rights::Api(one).need(other).is_ok();
                assert_eq!(allowed, other == scope);
                assert!(Rights::Session.need(other).is_ok());
            }
        }
        assert_eq!(Scopes::of(&Scope::ALL).unwrap().list(), Scope::ALL);
        for none in [0, 8, 256, u64::MAX] {
            assert_eq!(Scopes::from_bits(none), None);
        }
    }
}
