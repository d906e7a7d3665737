//! A queue in which nobody takes the turns of others.
//!
//! Each requester who waits is given a round: the one after the last round of their account and of their
//! network, and not before the round that is being served. Rounds are served in order, so that two
//! who ask for much and one who asks for little get the same number of turns each while all three
//! wait (start-time fair queueing, with requests of equal cost).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use tasklane_domain::user::{Network, Requester};

/// How much of the queue one account or network may fill: a quarter.
const SHARE: usize = 4;

/// Why somebody was not let into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QueueFull {
    /// The account or the network has its share.
    OfRequester,
    /// There is no room, and nobody in it has more than the newcomer.
    OfAll,
}

/// Gives turns, a bounded number at once. Clones are the same queue.
#[derive(Clone)]
pub(super) struct FairQueue(Arc<Shared>);

struct Shared {
    /// How many have a turn at once.
    concurrent: usize,
    /// How many may wait.
    room: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    working: usize,
    waiting: BTreeMap<Place, Waiter>,
    holdings: HashMap<Party, Holding>,
    /// The round that is being served.
    round: u64,
    /// How many have ever come.
    arrivals: u64,
}

/// Where somebody waits: by round, and within it by arrival.
type Place = (u64, u64);

struct Waiter {
    parties: [Option<Party>; 2],
    turn: oneshot::Sender<Turn>,
}

/// Whose share is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Party {
    Account(String),
    Network(Network),
}

/// What a party has in the queue; it is forgotten when that is nothing.
#[derive(Default)]
struct Holding {
    /// How many wait or work.
    count: usize,
    last_round: u64,
}

/// The right to work, until it is dropped.
pub(super) struct Turn {
    queue: FairQueue,
    parties: [Option<Party>; 2],
}

/// Somebody who waits; when dropped, they have left.
pub(super) struct Waiting {
    queue: FairQueue,
    place: Place,
    turn: oneshot::Receiver<Turn>,
}

impl FairQueue {
    pub(super) fn new(concurrent: usize, room: usize) -> Self {
        Self(Arc::new(Shared {
            concurrent: concurrent.max(1),
            room,
            state: Mutex::default(),
        }))
    }

    /// A turn, when it is theirs.
    ///
    /// # Errors
    /// Too many wait already.
    pub(super) async fn turn(&self, requester: &Requester) -> Result<Turn, QueueFull> {
        let mut waiting = self.enter(requester)?;
        // The other end is dropped without a turn when somebody with less to do takes the place.
        (&mut waiting.turn)
            .await
            .map_err(|_| QueueFull::OfRequester)
    }

    fn enter(&self, requester: &Requester) -> Result<Waiting, QueueFull> {
        let parties = [
            Some(Party::Account(requester.account.clone())),
            requester.network.map(Party::Network),
        ];
        let (sender, turn) = oneshot::channel();
        let mut state = self.state();
        let most = ((self.0.concurrent + self.0.room) / SHARE).max(1);
        let held = |party: &Party| state.holdings.get(party).map_or(0, |held| held.count);
        if parties.iter().flatten().any(|party| held(party) >= most) {
            return Err(QueueFull::OfRequester);
        }
        let round = state.next_round(&parties);
        let evicted = if self.is_full(&state) {
            Some(state.evict(round).ok_or(QueueFull::OfAll)?)
        } else {
            None
        };
        let place = state.add(
            round,
            Waiter {
                parties,
                turn: sender,
            },
        );
        drop(state);
        drop(evicted);
        self.serve();
        Ok(Waiting {
            queue: self.clone(),
            place,
            turn,
        })
    }

    fn is_full(&self, state: &State) -> bool {
        let free = self.0.concurrent.saturating_sub(state.working);
        state.waiting.len() >= self.0.room.saturating_add(free)
    }

    /// Gives the free turns to those who are next.
    fn serve(&self) {
        loop {
            let mut state = self.state();
            if state.working >= self.0.concurrent {
                return;
            }
            let Some(((round, _), waiter)) = state.waiting.pop_first() else {
                return;
            };
            state.working += 1;
            state.round = round;
            drop(state);
            let turn = Turn {
                queue: self.clone(),
                parties: waiter.parties,
            };
            // Somebody who has just gone gives the turn back by dropping it.
            drop(waiter.turn.send(turn));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_round(&self, parties: &[Option<Party>; 2]) -> u64 {
        let after = |party| {
            self.holdings
                .get(party)
                .map(|held: &Holding| held.last_round + 1)
        };
        let own = parties.iter().flatten().filter_map(after).max();
        own.unwrap_or_default().max(self.round)
    }

    fn add(&mut self, round: u64, waiter: Waiter) -> Place {
        for party in waiter.parties.iter().flatten() {
            let held = self.holdings.entry(party.clone()).or_default();
            held.count += 1;
            held.last_round = round;
        }
        self.arrivals += 1;
        let place = (round, self.arrivals);
        self.waiting.insert(place, waiter);
        place
    }

    /// Takes out the one who would be served last, if that is in a later round.
    fn evict(&mut self, round: u64) -> Option<Waiter> {
        let last = self.waiting.last_entry()?;
        if last.key().0 <= round {
            return None;
        }
        let waiter = last.remove();
        self.release(&waiter.parties);
        Some(waiter)
    }

    fn release(&mut self, parties: &[Option<Party>; 2]) {
        for party in parties.iter().flatten() {
            if let Some(held) = self.holdings.get_mut(party) {
                held.count -= 1;
                if held.count == 0 {
                    self.holdings.remove(party);
                }
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        state.working -= 1;
        state.release(&self.parties);
        drop(state);
        self.queue.serve();
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        if let Some(waiter) = state.waiting.remove(&self.place) {
            state.release(&waiter.parties);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn requester(account: &str, address: [u8; 4]) -> Requester {
        Requester {
            account: account.to_owned(),
            network: Some(Network::of(address.into())),
        }
    }

    fn flooder() -> Requester {
        requester("mallory", [192, 0, 2, 1])
    }

    /// Accounts and networks of their own.
    fn somebody(number: u8) -> Requester {
        requester(&format!("user {number}"), [198, 51, 100, number])
    }

    /// The turn, if it came.
    fn turn(waiting: &mut Waiting) -> Option<Turn> {
        waiting.turn.try_recv().ok()
    }

    #[tokio::test]
    async fn turns_are_given_at_once_while_there_are_some() {
        let queue = FairQueue::new(2, 8);
        let first = queue.turn(&flooder()).await.unwrap();
        let _second = queue.turn(&flooder()).await.unwrap();
        let mut third = queue.enter(&somebody(3)).unwrap();
        assert!(turn(&mut third).is_none());
        drop(first);
        assert!(turn(&mut third).is_some());
    }

    #[tokio::test]
    async fn one_who_asks_for_little_is_served_before_one_who_asks_for_much() {
        let queue = FairQueue::new(1, 39);
        let working = queue.turn(&flooder()).await.unwrap();
        let mut flood: Vec<_> = (0..9).map(|_| queue.enter(&flooder()).unwrap()).collect();
        let mut other = queue.enter(&somebody(1)).unwrap();
        drop(working);
        let own = turn(&mut other).expect("the turn of the one who came last");
        drop(own);
        assert!(flood.iter_mut().any(|waiting| turn(waiting).is_some()));
    }

    #[tokio::test]
    async fn a_flood_over_many_accounts_from_one_network_shares_one_place_in_each_round() {
        let queue = FairQueue::new(1, 39);
        let working = queue.turn(&flooder()).await.unwrap();
        let _flood: Vec<_> = (0..9)
            .map(|number| {
                let guess = requester(&format!("victim {number}"), [192, 0, 2, 1]);
                queue.enter(&guess).unwrap()
            })
            .collect();
        let mut other = queue.enter(&somebody(1)).unwrap();
        drop(working);
        assert!(turn(&mut other).is_some());
    }

    #[tokio::test]
    async fn nobody_fills_more_than_a_quarter() {
        let queue = FairQueue::new(1, 39);
        let held: Vec<_> = (0..10).map(|_| queue.enter(&flooder())).collect();
        assert!(held.iter().all(Result::is_ok));
        let same_account = requester("mallory", [203, 0, 113, 1]);
        let same_network = requester("trent", [192, 0, 2, 1]);
        for over in [flooder(), same_account, same_network] {
            assert_eq!(queue.enter(&over).err(), Some(QueueFull::OfRequester));
        }
        assert!(queue.enter(&somebody(1)).is_ok());
        drop(held);
        assert!(queue.enter(&flooder()).is_ok());
        assert!(queue.state().holdings.is_empty(), "all have gone");
    }

    #[tokio::test]
    async fn a_newcomer_takes_the_last_place_of_those_who_have_more() {
        let queue = FairQueue::new(1, 7);
        let _working = queue.turn(&somebody(1)).await.unwrap();
        let mut pairs: Vec<_> = (2..6)
            .flat_map(|number| [number, number])
            .take(7)
            .map(|number| queue.enter(&somebody(number)).unwrap())
            .collect();
        let _newcomer = queue.enter(&somebody(9)).unwrap();
        let gone: Vec<_> = pairs
            .iter_mut()
            .map(|waiting| matches!((&mut waiting.turn).now_or_never(), Some(Err(_))))
            .collect();
        assert_eq!(gone, [false, false, false, false, false, true, false]);
    }

    #[tokio::test]
    async fn a_full_queue_of_equals_refuses() {
        let queue = FairQueue::new(1, 3);
        let _all: Vec<_> = (0..4)
            .map(|number| queue.enter(&somebody(number)).unwrap())
            .collect();
        assert_eq!(queue.enter(&somebody(9)).err(), Some(QueueFull::OfAll));
    }

    #[tokio::test]
    async fn one_who_leaves_makes_room_and_loses_no_turn() {
        let queue = FairQueue::new(1, 1);
        let working = queue.turn(&somebody(1)).await.unwrap();
        let leaving = queue.enter(&somebody(2)).unwrap();
        drop(leaving);
        let mut waiting = queue.enter(&somebody(3)).unwrap();
        drop(working);
        let turn = turn(&mut waiting).expect("a turn");
        drop(turn);
        let given = queue.enter(&somebody(4)).unwrap();
        drop(given);
        assert!(queue.turn(&somebody(5)).await.is_ok());
    }
}
