//! The devices of the own account, and how one that was lost is put out.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::error::ErrorCode;

use super::{
    browser,
    parts::{self, Field},
    post,
    state::{Sheet, State},
    times,
};
use crate::wire::{Device, Done, Wish};

/// The server notes the day, by Greenwich: its noon is on the same day nearly everywhere.
const HALF_DAY: u64 = 12 * 60 * 60 * 1_000;

/// What is shown, and which device is to be removed.
#[derive(Clone, Copy)]
struct Shown {
    devices: RwSignal<Option<Vec<Device>>>,
    trouble: RwSignal<Option<String>>,
    chosen: RwSignal<Option<Device>>,
    status: RwSignal<&'static str>,
}

pub(super) fn view(state: State) -> AnyView {
    let shown = Shown {
        devices: RwSignal::new(None),
        trouble: RwSignal::new(None),
        chosen: RwSignal::new(None),
        status: RwSignal::new(""),
    };
    spawn_local(fetch(shown));
    let list = move || match shown.devices.get() {
        None => html::p().class("hint late").child("Looking…").into_any(),
        Some(devices) => {
            let rows: Vec<AnyView> = devices.into_iter().map(|one| row(shown, one)).collect();
            html::ul().class("things").child(rows).into_any()
        }
    };
    let removal = move || shown.chosen.get().map(|device| removal(shown, device));
    html::section()
        .child((
            html::h3().child("Your devices"),
            parts::complaint(shown.trouble),
            html::p()
                .class("hint")
                .attr("role", "status")
                .child(move || shown.status.get()),
            list,
            parts::button("button", "Add a device", move || {
                state.sheet.set(Sheet::AddDevice(String::new()));
            }),
            removal,
        ))
        .into_any()
}

async fn fetch(shown: Shown) {
    // The dialog may be closed before the answer comes.
    match post::wish(Wish::Devices).await {
        Ok(Done::Devices(devices)) => drop(shown.devices.try_set(Some(devices))),
        Ok(_) => {}
        Err(why) => drop(shown.trouble.try_set(Some(why.sentence))),
    }
}

/// Where nobody gives names to devices, the day on which one came tells them apart.
fn name(device: &Device) -> String {
    if device.own {
        "This browser".to_owned()
    } else {
        format!("Device added {}", times::moment(device.added))
    }
}

/// Of the button that begins its removal.
fn id_of(device: &Device) -> String {
    format!("remove-{}", device.device)
}

fn row(shown: Shown, device: Device) -> AnyView {
    let when = if device.own {
        format!("Added {}", times::moment(device.added))
    } else {
        format!("Last seen {}", times::calendar(device.seen + HALF_DAY))
    };
    let remark = (!device.remark.is_empty())
        .then(|| html::span().class("remark").child(device.remark.clone()));
    let name = name(&device);
    let remove = (!device.own).then(|| {
        html::button()
            .attr("id", id_of(&device))
            .attr("type", "button")
            .class("button quiet")
            .attr("aria-label", format!("Remove: {name}"))
            .on(ev::click, move |_| shown.chosen.set(Some(device.clone())))
            .child("Remove")
    });
    html::li()
        .child((
            html::span().class("words").child((
                html::span().class("name").child(name.clone()),
                html::span().class("hint").child(when),
                remark,
            )),
            remove,
        ))
        .into_any()
}

fn removal(shown: Shown, device: Device) -> AnyView {
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let name = name(&device);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        trouble.set(None);
        let wish = Wish::Revoke {
            device: device.device,
            password: password.get_untracked(),
        };
        spawn_local(async move {
            match post::wish(wish).await {
                Ok(_) => {
                    shown.chosen.try_set(None);
                    shown.status.try_set(
                        "Removed. Your rooms hear of it as soon as this device has told them.",
                    );
                    fetch(shown).await;
                }
                Err(why) => {
                    // There is one name that it can be.
                    let sentence = match why.code {
                        ErrorCode::LoginFailed => "That is not your password.".to_owned(),
                        _ => why.sentence,
                    };
                    trouble.try_set(Some(sentence));
                    busy.try_set(false);
                }
            }
        });
    };
    let button = id_of(&device);
    let keep = move |_| {
        shown.chosen.set(None);
        browser::focus(&button);
    };
    Effect::new(|| browser::focus("revoke-password"));
    let field = Field {
        id: "revoke-password",
        label: "Your password",
        kind: "password",
        autocomplete: "current-password",
        hint: "So that nobody who borrows this browser can do it.",
    };
    html::form()
        .class("question")
        .on(ev::submit, submit)
        .child((
            html::p().child(format!(
                "Remove “{name}”? It is out of your account and out of your rooms for good. It keeps what it has read.",
            )),
            parts::field(field, password),
            parts::complaint(trouble),
            html::div().class("row").child((
                parts::submit("button loss", busy, ["Remove the device", "Removing…"]),
                html::button()
                    .attr("type", "button")
                    .class("button")
                    .on(ev::click, keep)
                    .child("Keep it"),
            )),
        ))
        .into_any()
}
