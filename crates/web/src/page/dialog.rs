//! What lies over the page: the browser keeps the focus inside and closes it with Escape.

use leptos::{
    ev,
    html::{self, Dialog},
    prelude::*,
};

use super::{
    browser,
    state::{Sheet, State},
};

/// A dialog with a title and a way out.
pub(super) fn dialog(state: State, title: &'static str, body: AnyView) -> AnyView {
    let node = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            // Fails only if it is open already or not in the page.
            let _ = dialog.show_modal();
        }
    });
    let close = html::button()
        .attr("type", "button")
        .class("button quiet")
        .on(ev::click, move |_| {
            // The browser gives the focus back to where it came from, and says that the dialog is closed.
            if let Some(dialog) = node.get_untracked() {
                dialog.close();
            }
        })
        .child("Close");
    let head = html::header().child((html::h2().attr("id", "sheet-title").child(title), close));
    html::dialog()
        .node_ref(node)
        .class("sheet")
        .attr("aria-labelledby", "sheet-title")
        .on(ev::close, move |_| {
            state.sheet.set(Sheet::None);
            request_animation_frame(browser::focus_again);
        })
        .child((head, body))
        .into_any()
}
