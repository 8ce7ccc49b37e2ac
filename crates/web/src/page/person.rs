//! One member of a room: who it is, the number to compare, the role, and the way out.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{
    ids::{AccountId, RoomId},
    role::Role,
};

use super::{
    choice::{self, Choice, Choices},
    dialog, parts, post, qr,
    state::{Sheet, State},
    sure::{self, Question},
};
use crate::{
    wire::{Done, Member, Wish},
    words,
};

pub(super) fn view(state: State, room: RoomId, account: AccountId) -> AnyView {
    // Built anew when something about the person changes, not with every change of the list.
    let member = Memo::new(move |_| {
        state.members.with(|members| {
            members
                .iter()
                .find(|member| member.account == account)
                .cloned()
        })
    });
    let own_role = Memo::new(move |_| state.line().map_or(Role::Member, |line| line.role));
    let body = move || match member.get() {
        None => html::p().child("Not in this room any more.").into_any(),
        Some(member) => about(state, room, member, own_role.get()),
    };
    let back = parts::button("button quiet back-up", "All people", move || {
        state.sheet.set(Sheet::Members(room))
    });
    let body = html::div().child((back, body));
    dialog::dialog(state, "Person", body.into_any())
}

fn about(state: State, room: RoomId, member: Member, own_role: Role) -> AnyView {
    let standing = match (member.own, member.invited) {
        (true, _) => "This is you.".to_owned(),
        (false, true) => "Invited, and has not answered yet.".to_owned(),
        (false, false) => format!("In this room as {}.", words::role_word(member.role)),
    };
    let compare = (!member.own).then(|| compare(&member));
    let below = member.role < own_role;
    let may_give = own_role == Role::Owner || (own_role == Role::Admin && below);
    let role = (!member.own && !member.invited && may_give).then(|| roles(room, &member, own_role));
    let removal = (!member.own && below).then(|| removal(state, room, &member));
    html::div()
        .child((
            html::div().class("person").child((
                parts::avatar(member.account, &member.user),
                html::span().class("words").child((
                    html::span()
                        .class("name")
                        .child((member.user.clone(), parts::verified(member.verified))),
                    html::span().class("hint").child(standing),
                )),
            )),
            compare,
            role,
            removal,
        ))
        .into_any()
}

fn compare(member: &Member) -> AnyView {
    let (account, verified) = (member.account, member.verified);
    let number = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    spawn_local(async move {
        // The dialog may be closed before the answer comes.
        match post::wish(Wish::SafetyNumber { account }).await {
            Ok(Done::Digits(digits)) => drop(number.try_set(Some(digits))),
            Ok(_) => {}
            Err(why) => drop(trouble.try_set(Some(why.sentence))),
        }
    });
    let mark = move |_| {
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let wish = Wish::SetVerified {
                account,
                verified: !verified,
            };
            if let Err(why) = post::wish(wish).await {
                trouble.try_set(Some(why.sentence));
            }
            busy.try_set(false);
        });
    };
    let user = member.user.clone();
    let hint = if verified {
        "You have compared this number.".to_owned()
    } else {
        format!(
            "Compare it with {user}, in person or by a call. If both of you see the same, nobody stands between you."
        )
    };
    let label = if verified {
        "Take the mark back"
    } else {
        "It is the same: mark as verified"
    };
    let shown = move || {
        number.get().map(|digits| {
            let picture = qr::picture(
                &digits,
                "QR code of the safety number",
                "A camera shows the same digits, to hold beside theirs.",
            );
            let digits = html::p()
                .class("code digits")
                .attr("id", "safety-number")
                .child(digits);
            (digits, picture)
        })
    };
    html::section()
        .class("apart")
        .child((
            html::h3().child("Safety number"),
            html::p().class("hint").child(hint),
            shown,
            parts::complaint(trouble),
            html::button()
                .attr("type", "button")
                .class("button")
                .prop("disabled", move || {
                    busy.get() || number.with(Option::is_none)
                })
                .on(ev::click, mark)
                .child(label),
        ))
        .into_any()
}

fn roles(room: RoomId, member: &Member, own_role: Role) -> AnyView {
    let (account, current) = (member.account, member.role);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let give = move |role: Role| {
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let wish = Wish::SetRole {
                room,
                account,
                role,
            };
            if let Err(why) = post::wish(wish).await {
                trouble.try_set(Some(why.sentence));
            }
            busy.try_set(false);
        });
    };
    let all = [Role::Member, Role::Moderator, Role::Admin, Role::Owner];
    let mine: Vec<Role> = all
        .into_iter()
        .filter(|role| own_role == Role::Owner || *role < own_role)
        .collect();
    let chosen = mine.iter().position(|role| *role == current);
    let choices = Choices {
        name: "role",
        legend: "Role",
        in_row: false,
        all: mine
            .iter()
            .map(|role| Choice {
                value: words::role_word(*role),
                label: words::role_word(*role),
                note: words::role_powers(*role),
            })
            .collect(),
    };
    let give = move |place: usize| {
        if let Some(role) = mine.get(place) {
            give(*role);
        }
    };
    html::section()
        .class("apart")
        .child((
            choice::choices(choices, move || chosen.unwrap_or(usize::MAX), busy, give),
            parts::complaint(trouble),
        ))
        .into_any()
}

fn removal(state: State, room: RoomId, member: &Member) -> AnyView {
    let user = &member.user;
    // What the room says last does not build this anew.
    let line = untrack(move || state.line());
    let name = line.map(|line| line.name).unwrap_or_default();
    let question = Question {
        label: "Remove from the room",
        text: format!(
            "Remove {user} from “{name}”? They keep what they have read and see nothing new."
        ),
        yes: format!("Remove {user}"),
        no: format!("Keep {user}"),
    };
    let wish = Wish::Remove {
        room,
        account: member.account,
    };
    let gone = Callback::new(move |_| state.sheet.set(Sheet::Members(room)));
    html::section()
        .class("apart")
        .child(sure::sure(question, wish, gone))
        .into_any()
}
