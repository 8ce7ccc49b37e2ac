//! The one table of labels. Every key, seal, signature and hash is bound to what it is for by a label of its own
//! (PROTOCOL sections 2 and 3), so that nothing made for one purpose is accepted for another.
//!
//! There is one type per use, so that a label for a seal cannot be given to a signature.

/// Starts every label, and names the version of the protocol.
pub const PREFIX: &str = "secure-chat/1 ";

macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$item_doc])* $item,)* }

        impl $name {
            /// All labels of this use.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// The whole label, prefix included.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$item => concat!("secure-chat/1 ", $text),)* }
            }

            /// The whole label as bytes.
            #[must_use]
            pub const fn bytes(self) -> &'static [u8] {
                self.text().as_bytes()
            }
        }
    };
}

labels! {
    /// Labels of `K(s, l)`: keys derived by HKDF from another secret.
    KdfLabel {
        /// Root box key from the OPAQUE export key.
        RootByPassword = "root password",
        /// Root box key from the recovery code.
        RootByCode = "root code",
        /// Key that seals an account key, from the root secret R.
        AccountKey = "account key",
        /// Key of one vault item, from the account key; context = item name.
        VaultItem = "vault item",
        /// Key of the vault's root listing, from the account key.
        VaultRoot = "vault root",
        /// Key of what one device tells the others of its account about the vault, from the account key.
        VaultMark = "vault mark",
        /// Key of the door, from J_c.
        Door = "blob",
        /// Key of roster log records, from J_c.
        Roster = "roster",
        /// Key of the room state, from J_c.
        RoomState = "state",
        /// Key of the seal over the older history key, from H_c.
        HistoryPrevious = "prev",
        /// Key of a bundle, from the exporter secret of the same name.
        Bundle = "bundle key",
        /// Key that wraps content keys, from a history key H.
        Wrap = "wrap",
        /// What an external commit shows of the entry PSK; context = the joiner's certificate.
        EntryProof = "entry proof",
        /// Key of a grant, from a link secret L.
        Grant = "grant",
        /// What a link holder shows to the server, from L.
        LinkToken = "token",
        /// What logs in with the recovery code, from the code.
        RecoveryToken = "recovery token",
        /// The id of a spoken link, from L.
        LinkId = "link id",
        /// Key of one chunk of a file, from the file's key; context = index and whether it is the last.
        FileChunk = "chunk",
    }
}

labels! {
    /// Labels of `X(e, l)`: secrets exported from an MLS epoch.
    ExporterLabel {
        /// The PSK that an external commit must know.
        Entry = "entry",
        /// The door key J_c.
        Door = "door",
        /// The secret behind a bundle's key.
        Bundle = "bundle",
        /// The history key H_e or H_c.
        History = "history",
        /// The key of typing, presence and receipts.
        Ephemeral = "ephemeral",
    }
}

labels! {
    /// Labels that start the associated data of a seal.
    SealLabel {
        /// The root box under a password or recovery code.
        RootBox = "seal root box",
        /// The same after a reset: a root secret without the identity.
        ReducedBox = "seal reduced box",
        /// An account key under R.
        AccountKey = "seal account key",
        /// An account key to a device that remains after a revocation.
        AccountKeyMail = "seal account key mail",
        /// A vault item.
        VaultItem = "seal vault item",
        /// The vault's root listing.
        VaultRoot = "seal vault root",
        /// What a device has seen of the vault.
        VaultMark = "seal vault mark",
        /// A door.
        Door = "seal door",
        /// A roster log record.
        Roster = "seal roster",
        /// A room state.
        RoomState = "seal state",
        /// An older history key under a newer one.
        HistoryPrevious = "seal prev",
        /// A bundle beside a Welcome.
        Bundle = "seal bundle",
        /// A message payload and, with its hash added, the wrap of its content key.
        Envelope = "env",
        /// An ephemeral entry.
        Ephemeral = "seal ephemeral",
        /// A grant.
        Grant = "seal grant",
        /// History keys to a device that asked for them.
        HistoryKeys = "seal history keys",
        /// The account key to a new device whose number was compared.
        DeviceLink = "seal device link",
    }
}

labels! {
    /// Labels under a signature.
    SignLabel {
        /// The identity certifies a signing key.
        SigningCertificate = "sign signing certificate",
        /// A signing key certifies a device.
        DeviceCertificate = "sign device certificate",
        /// A new signing key hands out the account key that was made with it.
        AccountKeyMail = "sign account key mail",
        /// A device signs a message payload.
        Payload = "payload",
        /// A device asks for a status.
        StatusRequest = "sign status request",
        /// A device answers a status request.
        StatusAnswer = "sign status answer",
        /// A device signs an ephemeral entry.
        Ephemeral = "sign ephemeral",
        /// The creator of a link signs its grant.
        Grant = "sign grant",
        /// A device asks to be added to a room of its account.
        Readmission = "sign readmission",
        /// A device asks for history keys.
        HistoryRequest = "sign history request",
        /// A device answers a request for history keys.
        HistoryKeys = "sign history keys",
        /// A device hands the account key to a new one.
        DeviceLink = "sign device link",
        /// A server signs where an entry stands in a room's log; `protocol` spells it for the server.
        ReportTime = "sign report time",
    }
}

labels! {
    /// Labels that start the input of a hash or of a key-less derivation.
    HashLabel {
        /// Account id from an identity key.
        Account = "account",
        /// The first log head of a room.
        Log = "log",
        /// The salted hash of a room state.
        RoomState = "hash state",
        /// The safety number of two identities.
        SafetyNumber = "safety number",
        /// The room code of an epoch and a log head.
        RoomCode = "room code",
        /// The checksum of a recovery code.
        RecoveryCode = "recovery code",
        /// The checksum of a spoken link.
        SpokenLink = "hash spoken link",
        /// The salt that stretches a spoken link.
        SpokenSalt = "spoken link",
        /// What the server calls a meeting.
        DeviceLinkMeeting = "meet device link",
        /// What a new device commits to.
        DeviceLinkCommitment = "commit device link",
        /// What a new device and one of the account have seen of each other.
        DeviceLink = "hash device link",
        /// The number that both show.
        DeviceLinkNumber = "number device link",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_labels_coincide() {
        let all: Vec<&str> = [
            KdfLabel::ALL.iter().map(|l| l.text()).collect::<Vec<_>>(),
            ExporterLabel::ALL.iter().map(|l| l.text()).collect(),
            SealLabel::ALL.iter().map(|l| l.text()).collect(),
            SignLabel::ALL.iter().map(|l| l.text()).collect(),
            HashLabel::ALL.iter().map(|l| l.text()).collect(),
        ]
        .concat();
        assert!(all.iter().all(|text| {
            text.strip_prefix(PREFIX)
                .is_some_and(|rest| !rest.is_empty())
        }));
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    }

    /// All other labels are length-prefixed where they are used; those of a hash start its input as they are.
    #[test]
    fn no_label_of_a_hash_starts_another_one() {
        for one in HashLabel::ALL {
            for other in HashLabel::ALL.iter().filter(|other| *other != one) {
                assert!(!other.text().starts_with(one.text()), "{one:?} {other:?}");
            }
        }
    }
}
