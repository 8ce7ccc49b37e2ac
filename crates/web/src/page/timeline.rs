//! What was said, grouped by day and by sender.

use leptos::{
    ev,
    html::{self, Div},
    prelude::*,
    task::spawn_local,
};

use super::{file, fold, parts, post, state::State, times, unread};
use crate::wire::{Body, Line, Mark, Wish};

/// Lines of one sender within this time stand under one name.
const GROUP_MILLIS: u64 = 5 * 60_000;

/// A line and what stands above it.
#[derive(Clone, PartialEq, Eq)]
struct Row {
    line: Line,
    /// The day, where another one begins.
    day: Option<String>,
    /// Whether the sender's name stands above it.
    heads: bool,
}

pub(super) fn view(state: State) -> AnyView {
    let rows = Memo::new(move |_| state.lines.with(|lines| grouped(lines)));
    // A row that changes in any way is another row.
    let key = |row: &Row| {
        let body = match &row.line.body {
            Body::Text(text) | Body::Notice(text) | Body::Missing(text) => text.clone(),
            Body::File(file) => file.name.clone(),
        };
        let mark = matches!(row.line.mark, Mark::Sending) as u8
            + 2 * matches!(row.line.mark, Mark::Failed(_)) as u8;
        (row.line.key, mark, row.heads, row.day.clone(), body)
    };
    let list = For(ForProps::builder()
        .each(move || rows.get())
        .key(key)
        .children(move |row| view_of(state, row))
        .build());
    let earlier = html::button()
        .attr("type", "button")
        .class("button earlier")
        .attr("hidden", move || !state.earlier.get())
        .on(ev::click, move |_| state.show_more())
        .child("Show earlier messages");
    let empty = Memo::new(move |_| state.lines.with(Vec::is_empty));
    let teach = move || {
        empty.get().then(|| {
            html::p()
                .class("happened late")
                .child("Nothing was said here yet. Invite people by name, or hand them a link.")
        })
    };
    let pane = NodeRef::<Div>::new();
    let newest = move || {
        if let Some(pane) = pane.get_untracked() {
            pane.set_scroll_top(0);
        }
    };
    let jump = parts::button("button newest", "Newest messages", newest);
    let jump = html::div()
        .class("jump")
        .attr("hidden", move || !state.below.get())
        .child(jump);
    let turned = move |_| {
        if let Some(pane) = pane.get_untracked() {
            unread::scrolled(state, &pane);
        }
    };
    // Drawn from the end, so that the newest line stays in view when lines come or the keyboard opens.
    let scroll = html::div()
        .class("scroll")
        .node_ref(pane)
        .on(ev::scroll, turned)
        .attr("tabindex", "0")
        .attr("role", "log")
        .attr("aria-label", "Messages")
        .child(html::div().class("lines").child((earlier, teach, list)));
    (scroll, jump).into_any()
}

fn grouped(lines: &[Line]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(lines.len());
    let (mut day, mut before): (String, Option<&Line>) = (String::new(), None);
    for line in lines {
        let of_line = times::day(line.at);
        let begins = (of_line != day).then(|| of_line.clone());
        let follows = before.is_some_and(|before| {
            matches!(before.body, Body::Text(_) | Body::File(_))
                && before.sender == line.sender
                && line.at.saturating_sub(before.at) < GROUP_MILLIS
        });
        rows.push(Row {
            line: line.clone(),
            heads: begins.is_some() || !follows,
            day: begins,
        });
        day = of_line;
        before = Some(line);
    }
    rows
}

fn view_of(state: State, row: Row) -> AnyView {
    let Row { line, day, heads } = row;
    let day = day.map(|day| html::h2().class("day").child(day));
    let shown = match line.body.clone() {
        Body::Notice(text) => html::p().class("happened").child(text).into_any(),
        Body::Missing(text) => html::p().class("happened missing").child(text).into_any(),
        Body::Text(text) => {
            let text = fold::text(text);
            message(state, line, text, heads)
        }
        Body::File(file) => {
            let file = file::view(state, &line, file);
            message(state, line, file, heads)
        }
    };
    (day, shown).into_any()
}

fn message(state: State, line: Line, content: AnyView, heads: bool) -> AnyView {
    let whose = if line.own { "message own" } else { "message" };
    let class = if heads {
        format!("{whose} first")
    } else {
        whose.to_owned()
    };
    let picture =
        (heads && !line.own).then(|| line.sender.map(|sender| parts::avatar(sender, &line.name)));
    let name = if line.own {
        "You".to_owned()
    } else {
        line.said_by()
    };
    let name_class = if heads && !line.own {
        "sender"
    } else {
        "sender unseen"
    };
    let time = html::span().class("time").child(times::hour(line.at));
    let foot = html::span().class("foot").child((time, mark(&line)));
    let failed = match &line.mark {
        Mark::Failed(why) => Some(again(state, &line, why.clone())),
        Mark::Sending | Mark::Sent => None,
    };
    html::article()
        .class(class)
        .child((
            picture,
            html::div().class("bubble").child((
                html::span().class(name_class).child(name),
                content,
                foot,
            )),
            failed,
        ))
        .into_any()
}

/// Where an own message stands, by a sign with a name.
fn mark(line: &Line) -> Option<AnyView> {
    let (sign, name) = match (&line.mark, line.own) {
        (Mark::Sending, _) => ("○", "Sending"),
        (Mark::Sent, true) => ("✓", "Sent"),
        (Mark::Failed(_), _) => ("!", "Not sent"),
        (Mark::Sent, false) => return None,
    };
    let sign = html::span().attr("aria-hidden", "true").child(sign);
    let name = html::span().class("unseen").child(name);
    Some(
        html::span()
            .class("mark")
            .attr(
                "title",
                match line.mark {
                    Mark::Sending => "Sending",
                    Mark::Sent => "Sent",
                    Mark::Failed(_) => "Not sent",
                },
            )
            .child((sign, name))
            .into_any(),
    )
}

fn again(state: State, line: &Line, why: String) -> AnyView {
    let item = line.key;
    let retry = move |_| {
        let Some(room) = state.room.get_untracked() else {
            return;
        };
        spawn_local(async move {
            if let Err(trouble) = post::wish(Wish::Retry { room, item }).await {
                state.notice.set(Some(trouble.sentence));
            }
        });
    };
    html::p()
        .class("failed")
        .child((
            format!("Not sent. {why} "),
            html::button()
                .attr("type", "button")
                .class("button quiet")
                .on(ev::click, retry)
                .child("Try again"),
        ))
        .into_any()
}
