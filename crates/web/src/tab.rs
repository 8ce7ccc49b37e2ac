//! What the person in front of one tab wants, until an owner has answered it.
//!
//! The owner may be gone at any moment, and with it the answer. Then everything that is open is given to the next one, in
//! the order in which it was wished. What is written down and what makes a room goes with a ticket, by which the engine
//! knows whether it was done; of messages one goes at a time, so that they keep their order and the engine has to
//! remember one for each tab only. What is typed waits in the same row: it was typed after the message before it was said.

use client::engine::api::Ticket;

use crate::{
    channel::{Shown, Tab, Wanted, Word},
    wire::{Tell, Wish},
};

/// What one tab waits for.
pub struct Errands {
    tab: Tab,
    owner: Option<Tab>,
    shown: Shown,
    /// In the order in which they were wished.
    waiting: Vec<Errand>,
}

struct Errand {
    number: u64,
    wish: Wish,
    /// Who has it.
    with: Option<Tab>,
}

impl Errands {
    /// Of a tab that has asked for nothing yet and knows no owner.
    pub const fn new(tab: Tab) -> Self {
        Self {
            tab,
            owner: None,
            shown: Shown {
                room: None,
                count: 0,
            },
            waiting: Vec::new(),
        }
    }

    /// Who the owner is, as far as is known.
    pub const fn owner(&self) -> Option<Tab> {
        self.owner
    }

    /// Whether the owner has something to say.
    pub fn are_open(&self) -> bool {
        self.owner.is_none() || !self.waiting.is_empty()
    }

    /// The person wants something. Returns what to say to the owner.
    pub fn wish(&mut self, number: u64, wish: Wish) -> Vec<Word> {
        self.waiting.push(Errand {
            number,
            wish,
            with: None,
        });
        self.due()
    }

    /// Another room is on the screen, or more of it.
    pub fn show(&mut self, shown: Shown) -> Vec<Word> {
        self.shown = shown;
        if self.owner.is_none() {
            return Vec::new();
        }
        vec![Word::Show(shown)]
    }

    /// There is an owner. Returns what to say to one that is new here.
    pub fn follow(&mut self, owner: Tab) -> Vec<Word> {
        if self.owner == Some(owner) {
            return Vec::new();
        }
        self.owner = Some(owner);
        let mut words = vec![Word::Join(self.shown)];
        words.extend(self.due());
        words
    }

    /// The owner tells something. Returns whether it is for this tab's page, and what to say to the owner.
    pub fn told(&mut self, tell: &Tell) -> (bool, Vec<Word>) {
        match tell {
            Tell::Done(number, _) => {
                let place = self.waiting.iter().position(|it| it.number == *number);
                if let Some(place) = place {
                    self.waiting.remove(place);
                }
                (place.is_some(), self.due())
            }
            Tell::Members(room, _) => (self.shown.room == Some(*room), Vec::new()),
            Tell::Lines(lines) => {
                let of = Shown {
                    room: Some(lines.room),
                    count: lines.count,
                };
                (self.shown == of, Vec::new())
            }
            _ => (true, Vec::new()),
        }
    }

    /// What the owner does not have yet and is to get now.
    fn due(&mut self) -> Vec<Word> {
        let (tab, Some(owner)) = (self.tab, self.owner) else {
            return Vec::new();
        };
        let mut words = Vec::new();
        let mut waits = false;
        for errand in &mut self.waiting {
            let in_row = matches!(
                errand.wish,
                Wish::Send { .. } | Wish::SendFile { .. } | Wish::KeepTyped { .. } | Wish::Lock
            );
            let is_due = !(in_row && waits) && errand.with != Some(owner);
            waits |= in_row;
            if is_due {
                let again = errand.with.replace(owner).is_some();
                words.push(Word::Wish(Wanted {
                    number: errand.number,
                    wish: errand.wish.clone(),
                    ticket: ticket(tab, errand.number, &errand.wish),
                    again,
                }));
            }
        }
        words
    }
}

/// Messages are counted under the tab's own number; a room, which the server may keep waiting for long, is its own caller.
fn ticket(Tab(tab): Tab, number: u64, wish: &Wish) -> Option<Ticket> {
    match wish {
        Wish::Send { .. } | Wish::SendFile { .. } => Some(Ticket {
            caller: tab,
            number,
        }),
        Wish::CreateRoom { .. } => Some(Ticket {
            caller: u128::from_be_bytes(tab)
                .wrapping_add(u128::from(number))
                .to_be_bytes(),
            number: 1,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use client::engine::api::HistoryChoice;
    use protocol::ids::RoomId;

    use super::*;
    use crate::wire::Done;

    const OWNER: Tab = Tab([1; 16]);
    const NEXT: Tab = Tab([2; 16]);

    fn send(text: &str) -> Wish {
        Wish::Send {
            room: RoomId::new(7).unwrap(),
            text: text.to_owned(),
        }
    }

    fn create() -> Wish {
        Wish::CreateRoom {
            name: "attic".to_owned(),
            history: HistoryChoice::None,
        }
    }

    /// Numbers of the wishes, and which of them are repeated.
    fn wishes(words: &[Word]) -> Vec<(u64, bool)> {
        let wishes = words.iter().filter_map(|word| match word {
            Word::Wish(wanted) => Some((wanted.number, wanted.again)),
            _ => None,
        });
        wishes.collect()
    }

    fn done(errands: &mut Errands, number: u64) -> (bool, Vec<(u64, bool)>) {
        let (ours, words) = errands.told(&Tell::Done(number, Ok(Done::Yes)));
        (ours, wishes(&words))
    }

    #[test]
    fn messages_go_one_by_one_and_other_wishes_past_them() {
        let mut errands = Errands::new(Tab([9; 16]));
        assert!(errands.wish(1, send("one")).is_empty(), "nobody is there");
        assert!(errands.wish(2, send("two")).is_empty());
        let words = errands.follow(OWNER);
        assert!(words.first() == Some(&Word::Join(Shown::default())));
        assert_eq!(wishes(&words), [(1, false)]);
        assert_eq!(wishes(&errands.wish(3, create())), [(3, false)]);
        assert_eq!(done(&mut errands, 1), (true, vec![(2, false)]));
        assert_eq!(done(&mut errands, 1), (false, vec![]), "an answer twice");
        assert_eq!(done(&mut errands, 2), (true, vec![]));
        assert!(errands.follow(OWNER).is_empty());
    }

    #[test]
    fn what_is_typed_after_a_message_comes_after_it() {
        let mut errands = Errands::new(Tab([9; 16]));
        errands.follow(OWNER);
        assert_eq!(wishes(&errands.wish(1, send("one"))), [(1, false)]);
        let typed = Wish::KeepTyped {
            room: RoomId::new(7).unwrap(),
            text: "tw".to_owned(),
        };
        assert!(errands.wish(2, typed).is_empty());
        assert!(errands.wish(3, send("two")).is_empty());
        assert_eq!(done(&mut errands, 1), (true, vec![(2, false)]));
        assert_eq!(wishes(&errands.follow(NEXT)), [(2, true)]);
        assert_eq!(done(&mut errands, 2), (true, vec![(3, false)]));
    }

    #[test]
    fn the_next_owner_gets_what_is_open_under_the_same_tickets() {
        let mut errands = Errands::new(Tab([9; 16]));
        errands.follow(OWNER);
        let tickets = |words: Vec<Word>| {
            let tickets = words.into_iter().filter_map(|word| match word {
                Word::Wish(wanted) => Some((wanted.number, wanted.ticket.unwrap())),
                _ => None,
            });
            tickets.collect::<Vec<_>>()
        };
        let mut given = tickets(errands.wish(1, send("one")));
        given.extend(tickets(errands.wish(2, create())));
        given.extend(tickets(errands.wish(3, create())));
        errands.wish(4, send("two"));
        let words = errands.follow(NEXT);
        assert_eq!(wishes(&words), [(1, true), (2, true), (3, true)]);
        assert_eq!(tickets(words), given);
        let callers: Vec<_> = given.iter().map(|(_, ticket)| ticket.caller).collect();
        assert!(callers[0] != callers[1] && callers[1] != callers[2]);
        assert_eq!(done(&mut errands, 1), (true, vec![(4, false)]));
    }

    #[test]
    fn a_page_hears_of_what_it_shows() {
        let mut errands = Errands::new(Tab([9; 16]));
        let [room, other] = [7, 8].map(|id| RoomId::new(id).unwrap());
        errands.show(Shown {
            room: Some(room),
            count: 100,
        });
        assert!(errands.told(&Tell::Members(room, Vec::new())).0);
        assert!(!errands.told(&Tell::Members(other, Vec::new())).0);
        let lines = |count| {
            Tell::Lines(crate::wire::Lines {
                room,
                count,
                lines: Vec::new(),
                earlier: false,
            })
        };
        assert!(errands.told(&lines(100)).0);
        assert!(!errands.told(&lines(200)).0);
    }
}
