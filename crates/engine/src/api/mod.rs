//! What goes in and what comes out: the whole surface between the engine and whoever drives it.

mod batch;
mod command;
mod device;
mod event;
mod file;
mod kept;
mod link;
mod outcome;
mod text;
mod view;

pub use crate::report::{ReportKey, ReportRefusal, ReportView, verify_report};
pub use batch::{Batch, CERTIFICATES, Key, Space, Write};
pub use command::{Command, CommandId, Content, Others, Ticket, Unlock};
pub use device::{AccountChange, Changed, DeviceView, NewDevice};
pub use e2ee::file::Layout;
pub use event::{Alarm, Event, Settled, TimelineChange};
pub use file::{FILE_NAME_MAX, FileContent, FileSecret, MEDIA_TYPE_MAX, THUMBNAIL_MAX};
pub use kept::KeptLine;
pub use link::{LinkPreview, LinkView};
pub use outcome::{Enrolment, Failure, Outcome};
pub use text::{CodeText, LinkText, Password};
pub use view::{
    AccountView, Delivery, HistoryChoice, ItemBody, ItemKey, MemberView, Pending, RoomNotice,
    RoomStage, RoomView, TimelineItem, TombstoneCause,
};

use protocol::{
    call::{Call, Reply},
    error::{ErrorBody, ErrorCode},
    events::Push,
    time::Timestamp,
};

/// Names a [`Call`] until its answer comes. Never reused within one life of an engine; answers to calls of a
/// former life are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// Everything that can happen to a client.
#[derive(Debug)]
pub enum Input {
    /// A person or a program wants something.
    Command(CommandId, Command),
    /// The server answered, or could not be reached.
    Answer(CallId, Result<Reply, CallError>),
    /// The server said something unasked.
    Push(Push),
    /// The socket is open and the session accepted: pushes will come.
    Connected,
    /// The socket is gone: nothing in flight on it will be answered.
    Disconnected,
    /// The time asked for in [`Output::wake`] has come.
    Wake,
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// The server refused, with a code.
    Refused(ErrorBody),
    /// No answer: whether the server did it is unknown. Everything with a client id may be repeated.
    Gone,
    /// An answer that is not of the form the call expects.
    Malformed,
}

impl CallError {
    /// The code with which a command ends that needed the answer.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(body) => body.code,
            Self::Gone => ErrorCode::ServerGone,
            Self::Malformed => ErrorCode::BadAnswer,
        }
    }
}

/// What one input leads to, in this order: store, then send, then show.
#[derive(Debug, Default)]
pub struct Output {
    /// Made durable, all or nothing, before anything else happens. May be empty.
    pub batch: Batch,
    /// To send, in this order.
    pub calls: Vec<(CallId, Call)>,
    /// To show, in this order.
    pub events: Vec<Event>,
    /// When [`Input::Wake`] is wanted, if no other input comes before; replaces an earlier wish.
    pub wake: Option<Timestamp>,
}
