//! What an account's owner is to know. The sentences name commands of the program `secure-chat`.

use engine::api::{AccountChange, Alarm, Changed, Settled};

/// What became of a change that another run of this program had begun, in words.
pub fn settled(what: Settled) -> Option<&'static str> {
    match what {
        Settled::PasswordChanged => {
            Some("Your password was changed before this program ended: the new one counts.")
        }
        Settled::PasswordKept => {
            Some("Your password was not changed before this program ended: the old one counts.")
        }
        Settled::CodeKept => Some(
            "Your recovery code was not replaced before this program ended: the one that you have counts.",
        ),
        Settled::AccountReset => {
            Some("Your account was reset before this program ended: the new password counts.")
        }
        Settled::AccountKept => Some("Your account was not reset before this program ended."),
        // It is shown with the new code.
        Settled::CodeReplaced => None,
    }
}

/// A change that another device made, in words.
pub fn changed(change: &AccountChange) -> String {
    let AccountChange { what, at, device } = change;
    let what = match what {
        Changed::Password => "password was changed",
        Changed::Code => "recovery code was replaced",
        Changed::Reset => {
            return format!(
                "Device {device} asked on {at} to reset your account, knowing neither password nor recovery code. After 72 hours it may set new ones and sign you out. If that was you, `secure-chat devices` ends this notice. If not: secure-chat password reset --cancel"
            );
        }
    };
    format!(
        "Your {what} on {at} by device {device}. If that was you, `secure-chat devices` ends this notice. If not, somebody knows what opens your account: make a new one and tell your contacts."
    )
}

/// An alarm in words.
pub fn alarm(what: &Alarm) -> String {
    match what {
        Alarm::LogsDiffer { room, seq, account, device } => format!(
            "Warning: device {device} of account {account} was shown something else than you at place {seq} of room {room}. The server may be lying, or that device."
        ),
        Alarm::LogBroken { room, seq } => format!(
            "Warning: the server gave a broken record of room {room} at place {seq}. It may be lying."
        ),
        Alarm::VaultClosed => "Warning: what the server keeps for your devices does not open with this device's keys, so nothing is saved there. If another device changed them, the new ones will come; if this stays so, log in again with an empty home.".to_owned(),
        Alarm::VaultDiffers => "Warning: what the server keeps for your devices is not what one of them has seen there. It may be lying: what one device saves may not reach the others.".to_owned(),
        Alarm::IdentityChanged { account } => format!(
            "Warning: the identity of account {account} is not the one known before. Compare safety numbers."
        ),
    }
}
