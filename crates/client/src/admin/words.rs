//! The words that every program has for what an administrator sees.

use protocol::rest::{Act, AdminUser, Sight};

/// What is to be said of an account; mostly nothing.
pub fn marks(user: &AdminUser) -> String {
    let words = [
        (user.administrator, "administrator"),
        (user.disabled, "disabled"),
        (user.freed, "name freed"),
        (user.deleted, "deleted"),
        (user.must_change_password, "needs a new password"),
    ];
    let words: Vec<&str> = words
        .into_iter()
        .filter_map(|(is, word)| is.then_some(word))
        .collect();
    words.join(", ")
}

/// What an act made of an account.
pub fn done(act: Act, name: &str) -> String {
    match act {
        Act::Disable => format!("{name} is signed out everywhere and can't log in."),
        Act::Enable => format!("{name} can log in again."),
        Act::FreeName => format!(
            "The name {name} is free. Who had it is signed out for good; the rooms go on without."
        ),
        Act::EndSessions => format!("{name} is signed out everywhere and can log in again."),
        Act::Grant => format!("{name} is an administrator of this server now."),
        Act::Withdraw => format!("{name} is no administrator of this server any more."),
        Act::MakeInvite
        | Act::WithdrawInvite
        | Act::BecomeAdmin
        | Act::SearchCanary
        | Act::RefreshReuse
        | Act::PasskeyCloned => String::new(),
    }
}

/// An act, as the record of acts says it.
pub const fn act(act: Act) -> &'static str {
    match act {
        Act::Disable => "disabled",
        Act::Enable => "enabled",
        Act::FreeName => "freed the name",
        Act::EndSessions => "ended the sessions",
        Act::Grant => "made an administrator",
        Act::Withdraw => "made an ordinary account",
        Act::MakeInvite => "made an invite",
        Act::WithdrawInvite => "took an invite back",
        Act::BecomeAdmin => "made an administrator by invite",
        Act::SearchCanary => "searched for what was sealed",
        Act::RefreshReuse => "refused a refresh token that was used before, of",
        Act::PasskeyCloned => "shut out a passkey of which there is a copy, of",
    }
}

/// How much the server makes out of what it stores.
pub const fn sight(sight: Sight) -> &'static str {
    match sight {
        Sight::Readable => "readable",
        Sight::PublicKey => "public key",
        Sight::Hash => "hash",
        Sight::Sealed => "sealed",
        Sight::ServerSealed => "sealed by the server",
    }
}
