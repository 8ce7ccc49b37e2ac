//! One of a few, all of them in sight.

use leptos::{ev, html, prelude::*};

/// What is chosen between.
pub(super) struct Choices {
    /// By this name its buttons belong together.
    pub(super) name: &'static str,
    pub(super) legend: &'static str,
    /// Side by side, under a heading that says the same as the legend.
    pub(super) in_row: bool,
    pub(super) all: Vec<Choice>,
}

pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    /// What it means; may be empty.
    pub(super) note: &'static str,
}

/// Draws them. `chosen` is the place of the one that is; `choose` is told of another one.
pub(super) fn choices(
    choices: Choices,
    chosen: impl Fn() -> usize + Clone + Send + Sync + 'static,
    busy: RwSignal<bool>,
    choose: impl Fn(usize) + Send + Sync + 'static,
) -> AnyView {
    boxed(choices, Signal::derive(chosen), busy, Callback::new(choose))
}

fn boxed(
    choices: Choices,
    chosen: Signal<usize>,
    busy: RwSignal<bool>,
    choose: Callback<usize>,
) -> AnyView {
    let (name, in_row) = (choices.name, choices.in_row);
    let one = move |(place, choice): (usize, Choice)| {
        let is_named = !choice.note.is_empty();
        let note = is_named.then(|| html::small().child(choice.note));
        html::label()
            .class("choice")
            .child((
                html::input()
                    .attr("type", "radio")
                    .attr("name", name)
                    .attr("value", choice.value)
                    .prop("checked", move || chosen.get() == place)
                    .prop("disabled", move || busy.get())
                    .on(ev::change, move |_| choose.run(place)),
                html::span()
                    .class(if is_named { "named" } else { "" })
                    .child((html::span().child(choice.label), note)),
            ))
            .into_any()
    };
    let all: Vec<AnyView> = choices.all.into_iter().enumerate().map(one).collect();
    html::fieldset()
        .class(if in_row { "in-row" } else { "" })
        .child((
            html::legend()
                .class(if in_row { "unseen" } else { "" })
                .child(choices.legend),
            all,
        ))
        .into_any()
}
