//! What waits for one socket, in order and bounded in bytes.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
};

use tungstenite::Bytes;

use super::memory::Memory;

/// Pushes that wait for one socket; what does not fit is dropped, and the socket is told.
pub(super) const PUSHES: usize = 4 * 1024 * 1024;
/// The same while all sockets together keep too much.
const PUSHES_WHEN_SCARCE: usize = 256 * 1024;
/// Answers that wait for one socket. Requests under way are bounded, so this is passed only by a client that goes on
/// asking although it is refused, and reads nothing.
const ANSWERS: usize = 16 * 1024 * 1024;
/// What a frame weighs beside its bytes.
const FRAME: usize = 64;

/// What waits, or has been written, of each kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weight {
    pushes: usize,
    answers: usize,
}

/// A frame that waits.
pub(crate) struct Waiting {
    /// What of it is not written yet.
    pub(crate) frame: Bytes,
    /// What it counts for until all of it is.
    pub(crate) weight: Weight,
}

/// What became of a push.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    Queued,
    /// It does not fit.
    Full,
    /// The socket is closed or about to be.
    Closed,
}

/// The queue between everybody who sends to a socket and the task that writes it.
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    memory: Arc<Memory>,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Waiting>,
    /// Of everything that is not written yet, taken or not.
    weight: Weight,
    /// Nothing is queued any more; what is there is still written.
    ending: bool,
    writer: Option<Waker>,
}

impl Weight {
    pub(crate) fn add(&mut self, other: Self) {
        self.pushes += other.pushes;
        self.answers += other.answers;
    }

    fn subtract(&mut self, other: Self) {
        self.pushes -= other.pushes;
        self.answers -= other.answers;
    }
}

impl Waiting {
    fn push(frame: Bytes) -> Self {
        let weight = Weight {
            pushes: frame.len() + FRAME,
            answers: 0,
        };
        Self { frame, weight }
    }

    /// A frame that counts for nothing.
    pub(crate) fn free(frame: Bytes) -> Self {
        let weight = Weight::default();
        Self { frame, weight }
    }

    fn answer(frame: Bytes) -> Self {
        let weight = Weight {
            pushes: 0,
            answers: frame.len() + FRAME,
        };
        Self { frame, weight }
    }
}

impl Queue {
    fn add(&mut self, waiting: Waiting) {
        self.weight.add(waiting.weight);
        self.frames.push_back(waiting);
    }
}

impl Outbox {
    pub(crate) fn new(memory: Arc<Memory>) -> Self {
        Self {
            queue: Mutex::default(),
            memory,
        }
    }

    /// Queues a push, if it fits. To a socket that is behind nothing fits until every push before it is written; a
    /// socket that no push waits for takes one of any size.
    pub(super) fn push(&self, frame: Bytes, is_behind: bool) -> Put {
        let most = match (is_behind, self.memory.is_scarce()) {
            (true, _) => 0,
            (false, true) => PUSHES_WHEN_SCARCE,
            (false, false) => PUSHES,
        };
        let push = Waiting::push(frame);
        let mut queue = self.lock();
        if queue.ending {
            return Put::Closed;
        }
        let waiting = queue.weight.pushes;
        if waiting > 0 && waiting + push.weight.pushes > most {
            return Put::Full;
        }
        queue.add(push);
        wake(queue);
        Put::Queued
    }

    /// Queues what the client waits for; it is never dropped. A client that asks and asks and does not read is cut off.
    pub(crate) fn answer(&self, frame: Bytes) {
        let mut queue = self.lock();
        if queue.ending {
            return;
        }
        queue.add(Waiting::answer(frame));
        if queue.weight.answers > ANSWERS {
            queue.frames.clear();
            queue.ending = true;
        }
        wake(queue);
    }

    /// Queues the last frames; after them the socket closes.
    pub(crate) fn end(&self, last: impl IntoIterator<Item = Bytes>) {
        let mut queue = self.lock();
        if !queue.ending {
            last.into_iter()
                .for_each(|frame| queue.add(Waiting::answer(frame)));
            queue.ending = true;
            wake(queue);
        }
    }

    /// Closes, and drops what waits: nobody is left to write it.
    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.ending = true;
        queue.frames = VecDeque::new();
    }

    /// Moves what waits into `taken` if that is empty; the task is woken when there is more. Whether nothing comes after
    /// that any more.
    pub(crate) fn poll_take(
        &self,
        taken: &mut VecDeque<Waiting>,
        context: &mut Context<'_>,
    ) -> bool {
        let mut queue = self.lock();
        if taken.is_empty() {
            std::mem::swap(&mut queue.frames, taken);
        }
        match &mut queue.writer {
            Some(writer) => writer.clone_from(context.waker()),
            writer => *writer = Some(context.waker().clone()),
        }
        queue.ending
    }

    /// Frames of this weight have been written.
    pub(crate) fn written(&self, weight: Weight) {
        self.lock().weight.subtract(weight);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the writer, outside the lock.
fn wake(mut queue: MutexGuard<'_, Queue>) {
    let writer = queue.writer.take();
    drop(queue);
    if let Some(writer) = writer {
        writer.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        Outbox::new(Arc::default())
    }

    fn frame(size: usize) -> Bytes {
        vec![0; size].into()
    }

    /// Writes everything, and says how many frames that were.
    fn drain(outbox: &Outbox) -> usize {
        let mut taken = VecDeque::new();
        let mut count = 0;
        outbox.poll_take(&mut taken, &mut Context::from_waker(Waker::noop()));
        for waiting in taken {
            outbox.written(waiting.weight);
            count += 1;
        }
        count
    }

    #[test]
    fn pushes_are_bounded_in_bytes_until_they_are_written() {
        let outbox = outbox();
        while outbox.push(frame(64 * 1024), false) == Put::Queued {}
        assert_eq!(outbox.push(frame(64 * 1024), false), Put::Full);
        let mut taken = VecDeque::new();
        let mut context = Context::from_waker(Waker::noop());
        assert!(!outbox.poll_take(&mut taken, &mut context));
        assert_eq!(taken.len(), PUSHES / (64 * 1024 + FRAME));
        // Taken is not written.
        assert_eq!(outbox.push(frame(64 * 1024), false), Put::Full);
        outbox.written(taken.pop_front().unwrap().weight);
        assert_eq!(outbox.push(frame(64 * 1024), false), Put::Queued);
    }

    #[test]
    fn one_that_is_behind_gets_nothing_before_it_has_caught_up() {
        let outbox = outbox();
        assert_eq!(outbox.push(frame(1), false), Put::Queued);
        assert_eq!(outbox.push(frame(1), true), Put::Full);
        assert_eq!(drain(&outbox), 1);
        assert_eq!(outbox.push(frame(1), true), Put::Queued);
    }

    #[test]
    fn a_push_of_any_size_goes_to_a_socket_that_keeps_up() {
        let outbox = outbox();
        assert_eq!(outbox.push(frame(2 * PUSHES), false), Put::Queued);
        assert_eq!(outbox.push(frame(1), false), Put::Full);
    }

    #[test]
    fn each_keeps_less_while_all_together_keep_too_much() {
        let memory = Arc::new(Memory::default());
        let outbox = Outbox::new(Arc::clone(&memory));
        // Zeros that nobody touches take no memory.
        let held = memory.hold(vec![0; 256 * 1024 * 1024 + 1]);
        assert_eq!(outbox.push(frame(200_000), false), Put::Queued);
        assert_eq!(outbox.push(frame(200_000), false), Put::Full);
        drop(held);
        assert_eq!(outbox.push(frame(200_000), false), Put::Queued);
    }

    #[test]
    fn answers_go_where_pushes_do_not_fit_and_one_that_never_reads_is_cut_off() {
        let outbox = outbox();
        while outbox.push(frame(64 * 1024), false) == Put::Queued {}
        outbox.answer(frame(100));
        let full = PUSHES / (64 * 1024 + FRAME);
        assert_eq!(drain(&outbox), full + 1);
        for _ in 0..17 {
            outbox.answer(frame(1024 * 1024));
        }
        assert_eq!(drain(&outbox), 0);
        assert_eq!(outbox.push(frame(1), false), Put::Closed);
    }

    #[test]
    fn the_last_frames_are_written_and_nothing_after_them() {
        let outbox = outbox();
        outbox.push(frame(1), false);
        outbox.end([frame(2), frame(3)]);
        outbox.answer(frame(4));
        assert_eq!(drain(&outbox), 3);
        let mut context = Context::from_waker(Waker::noop());
        assert!(outbox.poll_take(&mut VecDeque::new(), &mut context));
    }
}
