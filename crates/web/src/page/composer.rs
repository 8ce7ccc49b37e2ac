//! Where one writes. What could not be sent comes back.

use leptos::{
    ev,
    html::{self, Textarea},
    prelude::*,
    task::spawn_local,
};
use protocol::ids::RoomId;

use super::{attach, basic, parts, state::State, typed};
use crate::wire::Wish;

pub(super) fn view(state: State, room: RoomId, open: bool) -> AnyView {
    if !open {
        return ().into_any();
    }
    let trouble = RwSignal::new(None::<String>);
    let area = NodeRef::<Textarea>::new();
    Effect::new(move || {
        // A keyboard that covers half of a small screen is opened by the person.
        if let Some(area) = area.get()
            && wide()
        {
            let _ = area.focus();
        }
    });
    let text = move || typed::text(state, room);
    let keep = move |text: String| typed::write(state, room, text);
    let send = move || {
        let said = untrack(text).trim().to_owned();
        if said.is_empty() {
            return;
        }
        typed::said(state, room);
        trouble.set(None);
        state.unwritten.update(|count| *count += 1);
        spawn_local(async move {
            let wish = Wish::Send {
                room,
                text: said.clone(),
            };
            let ended = typed::wish(state, room, wish).await;
            state.unwritten.update(|count| *count -= 1);
            if let Err(why) = ended {
                // In front of what was typed meanwhile.
                let since = untrack(text);
                keep(if since.is_empty() {
                    said
                } else {
                    format!("{said}\n{since}")
                });
                trouble.set(Some(why.sentence));
            }
        });
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let write = html::textarea()
        .node_ref(area)
        .attr("id", "composer")
        .attr("rows", "1")
        .attr("placeholder", "Message")
        .attr("aria-label", "Message")
        .attr("enterkeyhint", "send")
        .prop("value", text)
        .on(ev::paste, move |event| {
            if !basic::is_shown(state, room) {
                attach::pasted(state, room, &event);
            }
        })
        .on(ev::input, move |event| keep(event_target_value(&event)))
        .on(ev::keydown, key);
    pane(state, room, trouble, submit, write.into_any())
}

/// What went wrong, what is on its way, and the field with its buttons.
fn pane(
    state: State,
    room: RoomId,
    trouble: RwSignal<Option<String>>,
    submit: impl FnMut(ev::SubmitEvent) + 'static,
    write: AnyView,
) -> AnyView {
    // Files are for sealed rooms.
    let files = !basic::is_shown(state, room);
    let button = html::button()
        .attr("type", "submit")
        .class("button primary")
        .child("Send");
    let form = html::form().on(ev::submit, submit).child((
        files.then(|| attach::button(state, room)),
        write,
        button,
    ));
    html::div()
        .class("composer")
        .attr("data-unwritten", move || state.unwritten.get().to_string())
        .attr("data-kept", move || (!state.unkept.get()).to_string())
        .child((parts::complaint(trouble), attach::list(state, room), form))
        .into_any()
}

/// Whether both columns are on the screen.
fn wide() -> bool {
    let width = web_sys::window().and_then(|window| window.inner_width().ok());
    width
        .and_then(|width| width.as_f64())
        .is_some_and(|width| width >= 720.0)
}
