//! Frames in and out of one connection.

use std::{
    collections::VecDeque,
    io::{self, Cursor, IoSlice, Read, Write},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::{
    Bytes, Error, Message,
    protocol::{Role, WebSocketConfig, WebSocketContext},
};

use crate::{
    push::{Outbox, Waiting, Weight},
    socket::PACKET_BYTES,
};

/// What an idle connection keeps to read into.
const READ_BUFFER: usize = 4 * 1024;
/// Frames that are given to the system at once.
const AT_ONCE: usize = 64;
/// Places for frames that an idle connection keeps.
const PLACES_KEPT: usize = 64;

type Stream = TokioIo<Upgraded>;

/// One connection.
pub(super) struct Wire {
    stream: Stream,
    frames: WebSocketContext,
    outbox: Arc<Outbox>,
    writing: VecDeque<Waiting>,
    /// Whether the first of them is written in part.
    is_cut: bool,
    /// Whether something is written but not flushed.
    is_unflushed: bool,
}

/// Takes frames apart, and puts together what came in several; none is larger than a packet may be.
pub(super) fn frames() -> WebSocketContext {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(PACKET_BYTES))
        .max_frame_size(Some(PACKET_BYTES));
    WebSocketContext::new(Role::Server, Some(config))
}

/// How far writing has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    /// Everything that waited is written.
    pub(super) is_done: bool,
    /// Nothing more will wait.
    pub(super) is_ending: bool,
}

impl Wire {
    pub(super) fn new(stream: Upgraded, outbox: Arc<Outbox>) -> Self {
        Self {
            stream: TokioIo::new(stream),
            frames: frames(),
            outbox,
            writing: VecDeque::new(),
            is_cut: false,
            is_unflushed: false,
        }
    }

    /// The next message; `None` once the client has closed the WebSocket.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Message>, Error>> {
        let mut replies = Vec::new();
        let read = self.frames.read(&mut Duplex {
            stream: &mut self.stream,
            context,
            replies: &mut replies,
        });
        // The answer to a ping or to a close, as a whole frame.
        if !replies.is_empty() {
            self.outbox.answer(replies.into());
        }
        match read {
            Ok(Message::Close(_)) | Err(Error::ConnectionClosed) => Poll::Ready(Ok(None)),
            Ok(message) => Poll::Ready(Ok(Some(message))),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Puts a frame before all that waits.
    pub(super) fn write_next(&mut self, frame: Bytes) {
        let next = usize::from(self.is_cut);
        self.writing.insert(next, Waiting::free(frame));
    }

    /// Forgets what waits, and lets the WebSocket's closing frame be the last.
    pub(super) fn write_close(&mut self) {
        self.outbox.close();
        self.writing.truncate(usize::from(self.is_cut));
        let mut closing = Cursor::new(Vec::new());
        if let Err(error) = self.frames.close(&mut closing, None) {
            tracing::trace!(%error, "the client closed first");
        }
        self.writing
            .push_back(Waiting::free(closing.into_inner().into()));
    }

    /// Writes what waits, as far as the connection takes it; the task is woken when there is more to do.
    pub(super) fn poll_write(&mut self, context: &mut Context<'_>) -> io::Result<Progress> {
        loop {
            if self.writing.is_empty() && self.writing.capacity() > PLACES_KEPT {
                self.writing = VecDeque::new();
            }
            let is_ending = self.outbox.poll_take(&mut self.writing, context);
            if self.writing.is_empty() {
                let is_done = self.poll_flush(context)?;
                return Ok(Progress { is_done, is_ending });
            }
            while !self.writing.is_empty() {
                if self.poll_write_some(context)?.is_pending() {
                    let is_done = false;
                    return Ok(Progress { is_done, is_ending });
                }
            }
        }
    }

    /// Says that nothing more comes, and reads until the client says so, too: a connection that is closed with something
    /// unread is reset, and what was written last may be lost.
    pub(super) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.poll_write(context)?.is_done {
            return Poll::Pending;
        }
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        loop {
            let mut scratch = [0; READ_BUFFER];
            let mut unread = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut unread))?;
            if unread.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn poll_write_some(&mut self, context: &mut Context<'_>) -> io::Result<Poll<()>> {
        let mut slices = [IoSlice::new(&[]); AT_ONCE];
        let mut count = 0;
        for (slice, waiting) in slices.iter_mut().zip(&self.writing) {
            *slice = IoSlice::new(&waiting.frame);
            count += 1;
        }
        let slices = slices.get(..count).unwrap_or_default();
        let stream = Pin::new(&mut self.stream);
        match stream.poll_write_vectored(context, slices)? {
            Poll::Ready(0) => Err(io::ErrorKind::WriteZero.into()),
            Poll::Ready(written) => {
                self.advance(written);
                self.is_unflushed = true;
                Ok(Poll::Ready(()))
            }
            Poll::Pending => Ok(Poll::Pending),
        }
    }

    fn advance(&mut self, mut written: usize) {
        let mut weight = Weight::default();
        while let Some(first) = self.writing.front_mut() {
            if written < first.frame.len() {
                self.is_cut = self.is_cut || written > 0;
                drop(first.frame.split_to(written));
                break;
            }
            written -= first.frame.len();
            weight.add(first.weight);
            self.writing.pop_front();
            self.is_cut = false;
        }
        self.outbox.written(weight);
    }

    /// Whether everything that was written is on its way.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> io::Result<bool> {
        if self.is_unflushed {
            self.is_unflushed = match Pin::new(&mut self.stream).poll_flush(context) {
                Poll::Ready(flushed) => flushed.map(|()| false)?,
                Poll::Pending => true,
            };
        }
        Ok(!self.is_unflushed)
    }
}

/// The connection as the parser of frames sees it; what it writes is kept.
struct Duplex<'a, 'b> {
    stream: &'a mut Stream,
    context: &'a mut Context<'b>,
    replies: &'a mut Vec<u8>,
}

impl Read for Duplex<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        match Pin::new(&mut *self.stream).poll_read(self.context, &mut buffer)? {
            Poll::Ready(()) => Ok(buffer.filled().len()),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Duplex<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.replies.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
