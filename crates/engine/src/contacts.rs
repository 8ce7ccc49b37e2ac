//! Pins: what this account knows of others, across rooms (PROTOCOL section 2).

use e2ee::{
    certificate::DeviceCertificate,
    contacts::{Contacts, Observation, Trust},
    safety_number::safety_number,
    vault::ItemName,
};
use protocol::{error::ErrorCode, ids::AccountId};

use crate::{
    api::{CommandId, Event, Outcome, Space},
    convert,
    engine::Engine,
    records::RecordError,
    turn::Turn,
};

pub(crate) const ROW: &[u8] = b"contacts";

pub(crate) fn load(row: &[u8]) -> Result<Contacts, RecordError> {
    Contacts::decode(row).map_err(|_| RecordError::Damaged)
}

impl Engine {
    pub(crate) fn save_contacts(&self, turn: &mut Turn<'_>) {
        turn.put(Space::Account, ROW, self.contacts.encode());
    }

    /// Takes note of a certificate that was seen in a room or is about to enter one.
    pub(crate) fn observe(&mut self, certificate: &DeviceCertificate, turn: &mut Turn<'_>) {
        let own = self
            .home
            .as_ref()
            .is_some_and(|home| home.device.account() == certificate.account());
        if own {
            self.hear_of_device(convert::device_out(certificate.device()), turn);
            return;
        }
        let observation = self.contacts.observe(certificate, turn.now.millis());
        if matches!(
            observation,
            Observation::Same | Observation::GenerationTooLow { .. }
        ) {
            return;
        }
        if let Observation::NameTwin { others } = &observation {
            for other in others {
                if self.contacts.trust(*other) == Trust::Changed {
                    let account = convert::account_out(*other);
                    turn.event(Event::Alarm(crate::api::Alarm::IdentityChanged { account }));
                }
            }
        }
        self.contacts_changed(turn);
    }

    fn contacts_changed(&mut self, turn: &mut Turn<'_>) {
        self.save_contacts(turn);
        self.vault.mark(&ItemName::contacts(), turn);
    }

    pub(crate) fn set_verified(
        &mut self,
        command: CommandId,
        account: AccountId,
        verified: bool,
        turn: &mut Turn<'_>,
    ) {
        let (now, id) = (turn.now.millis(), convert::account(account));
        let known = if verified {
            self.contacts.verify(id, now)
        } else {
            self.contacts.withdraw(id, now)
        };
        if !known {
            turn.done(command, Err(ErrorCode::AccountNotFound.into()));
            return;
        }
        self.contacts_changed(turn);
        for room in self.rooms.values() {
            turn.event(Event::MembersChanged(room.id));
        }
        turn.done(command, Ok(Outcome::Done));
    }

    /// The number that both people see, to be compared by other means; none for a stranger.
    pub fn safety_number(&self, account: AccountId) -> Option<String> {
        let home = self.home.as_ref()?;
        let pin = self.contacts.pin(convert::account(account))?;
        let own = home.device.certificate().identity();
        Some(safety_number(own, pin.identity()).to_string())
    }
}
