//! Files beside a room that no honest program makes.

use e2ee::hostile::{self, BadFile};
use protocol::{
    ids::RoomId,
    rest::{CommitRequest, MailBody, RosterWrite, SideRepair, TreeSnapshot},
};
use rand_core::CryptoRngCore;

use crate::engine::Engine;

impl Engine {
    /// Puts a bad file in the place of the one that goes with a commit of this device; false where there is none.
    pub fn spoil(
        &self,
        room: RoomId,
        request: &mut CommitRequest,
        rule: BadFile,
        rng: &mut dyn CryptoRngCore,
    ) -> bool {
        let Some(bad) = self.bad_file(room, rule, rng) else {
            return false;
        };
        let mut spoilt = true;
        match rule {
            BadFile::Door | BadFile::DoorSecret => request.door = bad.into(),
            BadFile::State | BadFile::OtherState => request.state = Some(bad.into()),
            BadFile::Roster | BadFile::RosterLost => {
                request.roster = Some(RosterWrite::Replace(bad.into()));
            }
            BadFile::Tree => request.tree = Some(bad.into()),
            BadFile::ChainLink | BadFile::OtherChainLink => {
                spoilt = request.chain.is_some();
                request.chain = request.chain.take().map(|_| bad.into());
            }
            BadFile::Bundle | BadFile::OtherBundle | BadFile::Welcome => {
                spoilt = !request.mails.is_empty();
                for mail in &mut request.mails {
                    if let MailBody::Welcome {
                        welcome, bundle, ..
                    } = &mut mail.body
                    {
                        let place = match rule {
                            BadFile::Welcome => welcome,
                            _ => bundle,
                        };
                        *place = bad.clone().into();
                    }
                }
            }
        }
        spoilt
    }

    /// A bad file by itself, as if this device mended something. `None` for what only goes with a commit.
    pub fn poison(
        &self,
        room: RoomId,
        rule: BadFile,
        rng: &mut dyn CryptoRngCore,
    ) -> Option<SideRepair> {
        let bad = self.bad_file(room, rule, rng)?;
        let mut repair = SideRepair::default();
        match rule {
            BadFile::Door | BadFile::DoorSecret => repair.door = Some(bad.into()),
            BadFile::State | BadFile::OtherState => repair.state = Some(bad.into()),
            BadFile::Roster | BadFile::RosterLost => repair.roster = Some(bad.into()),
            BadFile::Tree => {
                repair.tree = Some(TreeSnapshot {
                    seq: self.rooms.get(&room)?.next_place(),
                    snapshot: bad.into(),
                });
            }
            BadFile::ChainLink | BadFile::OtherChainLink => repair.chain = vec![bad.into()],
            BadFile::Bundle | BadFile::OtherBundle | BadFile::Welcome => return None,
        }
        Some(repair)
    }

    fn bad_file(
        &self,
        room: RoomId,
        rule: BadFile,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Option<Vec<u8>> {
        let group = self.rooms.get(&room)?.group.as_ref()?;
        let device = &self.home.as_ref()?.device;
        hostile::bad_file(group, device, rule, &mut rng)
    }
}
