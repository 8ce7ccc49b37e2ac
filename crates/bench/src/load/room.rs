//! A room full of connections, on our server or on the bare one, under the same load of the same frames.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rand_core::RngCore as _;
use serde_json::json;
use tokio::{sync::Barrier, task::JoinSet, time::timeout};

use super::{
    account::{Account, Rest},
    socket::{self, Reader, Writer},
    wire::Wire,
};
use crate::stopwatch::{now, percentile};

/// A run that takes longer has lost a message.
const PATIENCE: Duration = Duration::from_secs(120);
/// Length of `encrypted_content`: 1 KiB of base64.
const CONTENT: usize = 1_024;
/// Stands before a message's number, in the field that is relayed as it is.
const MARK: &str = "\"iv\":\"#";

/// How the two sides are spoken to.
#[derive(Clone, Copy)]
enum Dialect {
    /// Our server: a send is acknowledged when it is durable.
    SocketIo { room: u64 },
    /// The bare one: the sender's own copy is all the acknowledgement there is. Frames are filled up to this length, so
    /// that as many bytes reach each member as of our server's pushes.
    Plain { length: usize },
}

/// What a member makes of a frame.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    /// The message with this number.
    Delivered(usize),
    Accepted,
    Ping,
    Other,
}

/// Open connections, one for each member.
pub(super) struct Room {
    dialect: Dialect,
    members: Vec<(Writer, Reader)>,
}

/// How much is sent, by whom.
#[derive(Clone, Copy)]
pub(super) struct Load {
    pub(super) messages: usize,
    pub(super) senders: usize,
    /// How many each sender has under way at once.
    pub(super) window: usize,
}

/// What came of it.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) took: Duration,
    /// From sending to receipt, over all members.
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    /// The longest frame that a message came in.
    pub(super) frame: usize,
}

impl Room {
    /// A relay room on our server with these members. Sealed rooms take the same way through it.
    ///
    /// # Errors
    /// The server refuses.
    pub(super) async fn shipped(wire: &Wire, rest: &Rest, accounts: &[Account]) -> Result<Self> {
        let creator = accounts.first().context("a room needs a member")?;
        let body = json!({ "encryption": "shared_key", "name": "bench" });
        let created: serde_json::Value =
            rest.post("/api/rooms", Some(&creator.token), &body).await?;
        let room = created
            .get("id")
            .or_else(|| created.get("room_id"))
            .and_then(serde_json::Value::as_u64)
            .context("a room has a number")?;
        let tokens = accounts.iter().map(|account| account.token.as_str());
        Self::joined(wire, room, tokens).await
    }

    /// A room of a server that asks nobody who they are.
    ///
    /// # Errors
    /// It does not answer as it should.
    pub(super) async fn of_everybody(wire: &Wire, members: usize) -> Result<Self> {
        // A room of its own for each run.
        let room = u64::from(rand_core::OsRng.next_u32());
        Self::joined(wire, room, std::iter::repeat_n("", members)).await
    }

    async fn joined(wire: &Wire, room: u64, tokens: impl Iterator<Item = &str>) -> Result<Self> {
        let mut members = Vec::new();
        for token in tokens {
            let (mut writer, mut reader) = socket::connect(wire, token).await?;
            writer
                .emit(0, "join_room", &json!({ "room_id": room }))
                .await?;
            let answer = loop {
                let frame = reader.next().await?;
                if frame.starts_with("430") {
                    break frame;
                }
            };
            if !answer.contains("\"last_seq\"") {
                bail!("join_room: {answer}");
            }
            members.push((writer, reader));
        }
        Ok(Self {
            dialect: Dialect::SocketIo { room },
            members,
        })
    }

    /// As many connections to the bare broadcast, for frames of this length.
    ///
    /// # Errors
    /// It does not accept them.
    pub(super) async fn bare(wire: &Wire, members: usize, length: usize) -> Result<Self> {
        let mut open = Vec::with_capacity(members);
        for _ in 0..members {
            open.push(socket::open(wire, "/ws").await?);
        }
        Ok(Self {
            dialect: Dialect::Plain { length },
            members: open,
        })
    }

    /// Sends the load and waits until everybody has everything; the room is used up.
    ///
    /// # Errors
    /// A message is refused or lost.
    pub(super) async fn run(self, load: Load) -> Result<Outcome> {
        let board = Arc::new(Board {
            start: now(),
            sent: (0..load.messages).map(|_| AtomicU64::new(0)).collect(),
            ready: Barrier::new(self.members.len() + 1),
            load,
            dialect: self.dialect,
        });
        let mut tasks = JoinSet::new();
        for (index, (writer, reader)) in self.members.into_iter().enumerate() {
            let member = Member {
                index,
                writer,
                reader,
                board: Arc::clone(&board),
            };
            tasks.spawn(member.run());
        }
        board.ready.wait().await;
        let start = now();
        let mut latencies = Vec::new();
        let mut frame = 0;
        let all = async {
            while let Some(finished) = tasks.join_next().await {
                let mut seen = finished.context("a member's task")??;
                latencies.append(&mut seen.latencies);
                frame = frame.max(seen.frame);
            }
            Ok::<_, anyhow::Error>(())
        };
        timeout(PATIENCE, all)
            .await
            .context("not everything arrived: a message was lost")??;
        let took = now() - start;
        let at = |latencies: &mut Vec<u64>, percent| {
            Duration::from_nanos(percentile(latencies, percent))
        };
        Ok(Outcome {
            took,
            p50: at(&mut latencies, 50),
            p99: at(&mut latencies, 99),
            frame,
        })
    }
}

/// What the members of a run share.
struct Board {
    start: Instant,
    /// When each message was sent, in nanoseconds since `start`.
    sent: Vec<AtomicU64>,
    ready: Barrier,
    load: Load,
    dialect: Dialect,
}

impl Board {
    fn nanos(&self) -> u64 {
        u64::try_from((now() - self.start).as_nanos()).unwrap_or(u64::MAX)
    }
}

/// What a member saw.
struct Seen {
    /// The time that each message took to get here, in nanoseconds.
    latencies: Vec<u64>,
    /// The longest frame that one came in.
    frame: usize,
}

struct Member {
    index: usize,
    writer: Writer,
    reader: Reader,
    board: Arc<Board>,
}

impl Member {
    /// Sends its share and receives everything.
    async fn run(mut self) -> Result<Seen> {
        let Load {
            messages,
            senders,
            window,
        } = self.board.load;
        let mut mine = (self.index..messages)
            .step_by(senders)
            .take(if self.index < senders { messages } else { 0 });
        let mut latencies = Vec::with_capacity(messages);
        let mut longest = 0;
        let mut open = 0;
        let mut left = mine.len();
        self.board.ready.wait().await;
        while latencies.len() < messages || left > 0 {
            while open < window
                && let Some(number) = mine.next()
            {
                self.send(number).await?;
                open += 1;
            }
            let frame = self.reader.next().await?;
            match self.board.dialect.read(&frame)? {
                Frame::Delivered(number) => {
                    longest = longest.max(frame.len());
                    let sent = self
                        .board
                        .sent
                        .get(number)
                        .context("a message that nobody sent")?;
                    latencies.push(
                        self.board
                            .nanos()
                            .saturating_sub(sent.load(Ordering::Relaxed)),
                    );
                    // The next one goes out when the own copy is back, on both sides: else the side that
                    // acknowledges early would only measure how long its queues get.
                    if number % senders == self.index {
                        open -= 1;
                        left -= usize::from(matches!(self.board.dialect, Dialect::Plain { .. }));
                    }
                }
                Frame::Accepted => left -= 1,
                Frame::Ping => self.writer.send("3".to_owned()).await?,
                Frame::Other => {}
            }
        }
        Ok(Seen {
            latencies,
            frame: longest,
        })
    }

    async fn send(&mut self, number: usize) -> Result<()> {
        let text = self.board.dialect.write(number);
        if let Some(sent) = self.board.sent.get(number) {
            sent.store(self.board.nanos(), Ordering::Relaxed);
        }
        self.writer.send(text).await
    }
}

impl Dialect {
    fn write(self, number: usize) -> String {
        match self {
            Self::SocketIo { room } => Self::message(room, number, CONTENT),
            Self::Plain { length } => {
                let bare = Self::message(1, number, CONTENT).len();
                Self::message(1, number, CONTENT + length.saturating_sub(bare))
            }
        }
    }

    fn message(room: u64, number: usize, content: usize) -> String {
        let content = "A".repeat(content);
        let hash = "0".repeat(64);
        format!(
            "42{number}[\"send_message\",{{\"room_id\":{room},\"encrypted_content\":\"{content}\",\
             {MARK}{number:06}\",\"message_hash\":\"{hash}\"}}]"
        )
    }

    fn read(self, frame: &str) -> Result<Frame> {
        if let Some((_, rest)) = frame.split_once(MARK) {
            let number = rest
                .get(..6)
                .and_then(|digits| digits.parse().ok())
                .context("a message has a number")?;
            return Ok(Frame::Delivered(number));
        }
        if frame.starts_with("43") {
            if !frame.contains("\"seq\"") {
                bail!("refused: {frame}");
            }
            return Ok(Frame::Accepted);
        }
        if frame.contains("\"missed\"") {
            bail!("the server says that this reader was too slow");
        }
        Ok(if frame == "2" {
            Frame::Ping
        } else {
            Frame::Other
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_recognised() {
        let dialect = Dialect::SocketIo { room: 7 };
        assert_eq!(
            dialect.read(&dialect.write(123)).unwrap(),
            Frame::Delivered(123)
        );
        assert_eq!(
            dialect.read("4312[{\"id\":1,\"seq\":4}]").unwrap(),
            Frame::Accepted
        );
        assert!(
            dialect
                .read("4312[{\"error\":\"no\",\"code\":\"NOT_A_MEMBER\"}]")
                .is_err()
        );
        assert_eq!(dialect.read("2").unwrap(), Frame::Ping);
    }

    #[tokio::test]
    async fn a_load_arrives_in_full() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(super::super::bare::serve_on(listener));
        let room = Room::bare(&Wire::plain(port), 3, 2_000).await.unwrap();
        let outcome = room
            .run(Load {
                messages: 20,
                senders: 2,
                window: 4,
            })
            .await
            .unwrap();
        // It came back, so every copy arrived; how fast is for the benchmark to say.
        assert!(outcome.p50 <= outcome.p99);
        assert_eq!(outcome.frame, 2_000);
        server.abort();
    }
}
