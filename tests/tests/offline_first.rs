//! Three devices of one user that work offline: they edit what they know, send it when they can, over
//! a network that loses, repeats and reorders, to a server that is killed now and then. At the end all
//! have the same tasks, and nothing that was acknowledged is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use macro_rules_attribute::apply;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tasklane_tests::answer::Answer;
use tasklane_tests::both_stores;
use tasklane_tests::client::Call;
use tasklane_tests::store::Store;
use tasklane_tests::user::User;
use tokio::sync::watch;

const DEVICES: u64 = 3;
const ROUNDS: usize = 20;
const EDITS_A_ROUND: usize = 6;
const RESTARTS: u64 = 5;

/// What a device wants to be done. Each is sent until the server has answered it.
#[derive(Debug, Clone)]
enum Edit {
    /// With a key, under an id that the server makes.
    Create {
        key: String,
    },
    /// Under an id that the device makes.
    CreateAs {
        id: String,
    },
    /// Adds a line to the description, whatever others have added meanwhile.
    AddLine {
        id: String,
        line: String,
    },
    /// The last one wins.
    SetPriority {
        id: String,
        priority: &'static str,
    },
    /// Flips what the device saw, unless somebody was there first.
    Toggle {
        id: String,
        revision: i64,
    },
    /// Makes it a part of another one.
    PutBelow {
        id: String,
        parent: String,
    },
    /// Moves it before another one.
    MoveBefore {
        id: String,
        other: String,
    },
    Delete {
        id: String,
    },
    Restore {
        id: String,
    },
    Erase {
        id: String,
    },
}

/// Where the server is at present, and how to speak with it in the user's name.
#[derive(Clone)]
struct Line {
    user: User,
    server: watch::Receiver<String>,
}

impl Line {
    fn user(&self) -> User {
        self.user.at(&self.server.borrow())
    }

    /// Sends a request over a bad network, until an answer arrives.
    async fn send(&self, chance: &mut StdRng, request: impl Fn(&User) -> Call) -> Answer {
        loop {
            let user = self.user();
            match chance.random_range(0..10) {
                0 => {}
                // It arrives, and its answer does not.
                1 => drop(request(&user).attempt().await),
                2 => {
                    let twice = tokio::join!(request(&user).attempt(), request(&user).attempt());
                    if let (_, Ok(answer)) = twice {
                        return answer;
                    }
                }
                _ => {
                    if let Ok(answer) = request(&user).attempt().await {
                        return answer;
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(chance.random_range(1..10))).await;
        }
    }
}

/// The newest change of each task, kept by following the feed; of those in the trash and erased ones too.
#[derive(Default)]
struct Device {
    number: u64,
    since: i64,
    changes: BTreeMap<String, Value>,
    /// Lines that the server has acknowledged, by task.
    acknowledged: Vec<(String, String)>,
    created: usize,
}

impl Device {
    async fn work(&mut self, line: &Line, chance: &mut StdRng) {
        for round in 0..ROUNDS {
            let outbox: Vec<Edit> = (0..EDITS_A_ROUND)
                .map(|place| self.think_of(chance, &format!("{}-{round}-{place}", self.number)))
                .collect();
            self.send_all(outbox, line, chance).await;
            self.pull(line, chance).await;
        }
    }

    fn think_of(&self, chance: &mut StdRng, name: &str) -> Edit {
        let known: Vec<&String> = self.changes.keys().collect();
        let kind = chance.random_range(0..25);
        if known.len() < 3 || kind < 3 {
            return if chance.random() {
                Edit::Create {
                    key: format!("key-{name}"),
                }
            } else {
                let id = uuid::Builder::from_random_bytes(chance.random()).into_uuid();
                Edit::CreateAs { id: id.to_string() }
            };
        }
        let mut any = || known[chance.random_range(0..known.len())].clone();
        let (id, other) = (any(), any());
        let revision = self.changes[&id]["revision"].as_i64().unwrap();
        match kind {
            3..=11 => Edit::AddLine {
                id,
                line: format!("line {name}"),
            },
            12 => Edit::Toggle { id, revision },
            13 => Edit::SetPriority {
                id,
                priority: ["low", "medium", "high"][chance.random_range(0..3)],
            },
            14..=15 => Edit::Delete { id },
            16..=18 => Edit::Restore { id },
            19..=22 => Edit::PutBelow { id, parent: other },
            23 => Edit::MoveBefore { id, other },
            _ => Edit::Erase { id },
        }
    }

    /// All at once and in any order, as a network may deliver them.
    async fn send_all(&mut self, mut outbox: Vec<Edit>, line: &Line, chance: &mut StdRng) {
        outbox.shuffle(chance);
        let sent = outbox.into_iter().map(|edit| {
            let mut chance = StdRng::seed_from_u64(chance.random());
            async move { (send(&edit, line, &mut chance).await, edit) }
        });
        for (done, edit) in join_all(sent).await {
            match edit {
                Edit::Create { .. } | Edit::CreateAs { .. } => self.created += 1,
                Edit::AddLine { id, line } if done => self.acknowledged.push((id, line)),
                _ => {}
            }
        }
    }

    /// Reads what has changed. A client that was away too long would read the list again; here nothing is
    /// purged.
    async fn pull(&mut self, line: &Line, chance: &mut StdRng) {
        loop {
            let path = format!("/api/changes?since={}&limit=7", self.since);
            let page = line.send(chance, |user| user.get(&path)).await;
            let page = page.is(200).json();
            for change in page["changes"].as_array().unwrap() {
                let revision = change["revision"].as_i64().unwrap();
                assert!(revision > self.since, "out of order: {change}");
                self.since = revision;
                let id = change["id"].as_str().unwrap().to_owned();
                self.changes.insert(id, change.clone());
            }
            self.since = page["revision"].as_i64().unwrap();
            if page["has_more"] == false {
                return;
            }
        }
    }
}

/// Sends an edit until it is decided; whether it was done.
async fn send(edit: &Edit, line: &Line, chance: &mut StdRng) -> bool {
    let task = |id: &String| format!("/api/tasks/{id}");
    match edit {
        Edit::Create { key } => {
            let body = json!({ "title": key });
            let create = |user: &User| {
                user.post("/api/tasks", &body)
                    .header("idempotency-key", key)
            };
            let status = line.send(chance, create).await.status();
            // Somebody may have erased it between the server's answer and ours.
            assert!(matches!(status, 201 | 422), "{status}");
            true
        }
        Edit::CreateAs { id } => {
            let body = json!({ "title": "Mine" });
            let create = |user: &User| user.put(&task(id), &body).if_none_match("*");
            let status = line.send(chance, create).await.status();
            assert!(matches!(status, 201 | 412), "{status}");
            true
        }
        Edit::AddLine { id, line: text } => add_line(&task(id), text, line, chance).await,
        Edit::SetPriority { id, priority } => {
            let patch = json!({ "priority": priority });
            let set = |user: &User| user.patch(&task(id), &patch);
            is_done(&line.send(chance, set).await)
        }
        Edit::Toggle { id, revision } => {
            let seen = format!("\"{revision}\"");
            let flip = |user: &User| user.toggle(&task(id)).if_match(&seen);
            let answer = line.send(chance, flip).await;
            answer.status() != 412 && is_done(&answer)
        }
        Edit::PutBelow { id, parent } => {
            let patch = json!({ "parent_id": parent });
            let put = |user: &User| user.patch(&task(id), &patch);
            let answer = line.send(chance, put).await;
            answer.status() != 422 && is_done(&answer)
        }
        Edit::MoveBefore { id, other } => {
            let path = format!("{}/move", task(id));
            let place = json!({ "before": other });
            let put = |user: &User| user.post(&path, &place);
            let answer = line.send(chance, put).await;
            answer.status() != 422 && is_done(&answer)
        }
        Edit::Delete { id } => is_done(&line.send(chance, |user| user.delete(&task(id))).await),
        Edit::Restore { id } => is_done(&line.send(chance, |user| user.restore(&task(id))).await),
        Edit::Erase { id } => {
            let path = format!("{}?permanent=true", task(id));
            is_done(&line.send(chance, |user| user.delete(&path)).await)
        }
    }
}

/// Merges until nobody came in between. An edit whose answer was lost finds its own line.
async fn add_line(path: &str, text: &str, line: &Line, chance: &mut StdRng) -> bool {
    loop {
        let found = line.send(chance, |user| user.get(path)).await;
        if found.status() == 404 {
            return false;
        }
        let task = found.is(200).task();
        let lines = task["description"].as_str().unwrap_or_default();
        if lines.lines().any(|known| known == text) {
            return true;
        }
        let longer = json!({ "description": format!("{lines}{text}\n") });
        let add = |user: &User| user.patch(path, &longer).if_match(&task.etag());
        match line.send(chance, add).await.status() {
            200 => return true,
            404 => return false,
            status => assert_eq!(status, 412),
        }
    }
}

fn is_done(answer: &Answer) -> bool {
    assert!(
        matches!(answer.status(), 200 | 204 | 404 | 409),
        "{}",
        answer.text()
    );
    answer.status() < 300
}

/// Kills the server now and then, and starts it again.
async fn restart(store: &Store, address: &watch::Sender<String>, mut chance: StdRng) {
    let mut server = store.program().serve().await;
    address.send_replace(server.url().to_owned());
    for _ in 0..RESTARTS {
        tokio::time::sleep(Duration::from_millis(chance.random_range(100..500))).await;
        server.kill().await;
        server = store.program().serve().await;
        address.send_replace(server.url().to_owned());
    }
    // Until nobody listens to where it is.
    address.closed().await;
}

async fn assert_agreement(devices: &[Device], user: &User) {
    let live = user.walk("/api/tasks?limit=100").await.into_iter();
    let trash = user.walk("/api/tasks?limit=100&deleted=true").await;
    let stored: BTreeMap<String, Value> = live
        .chain(trash)
        .map(|task| (task.id().to_owned(), task.into_document()))
        .collect();
    assert_families(&stored);
    let erased = |change: &Value| change["item"].is_null();
    let mut lines = BTreeSet::new();
    for device in devices {
        let kept = device.changes.iter().filter(|(_, change)| !erased(change));
        let kept: BTreeMap<String, Value> = kept
            .map(|(id, change)| (id.clone(), change["item"].clone()))
            .collect();
        assert_eq!(kept, stored, "device {}", device.number);
        assert_eq!(device.changes, devices[0].changes);
        for (id, line) in &device.acknowledged {
            let change = &device.changes[id];
            let text = change["item"]["description"].as_str().unwrap_or_default();
            let stands = text.lines().filter(|known| known == line).count();
            assert!(
                erased(change) || stands == 1,
                "{line}: {stands} times in {change}"
            );
            lines.insert(line);
        }
    }
    let created: usize = devices.iter().map(|device| device.created).sum();
    assert_eq!(
        devices[0].changes.len(),
        created,
        "one task for each create"
    );
    assert!(lines.len() > 20, "only {} lines were added", lines.len());
}

/// No live task is below one that is not, or that has a parent itself.
fn assert_families(stored: &BTreeMap<String, Value>) {
    let is_live = |task: &&Value| task["deleted_at"].is_null();
    for task in stored.values().filter(is_live) {
        let Some(parent) = task["parent_id"].as_str() else {
            continue;
        };
        let parent = stored.get(parent).filter(is_live);
        let above = parent.map(|parent| &parent["parent_id"]);
        assert_eq!(above, Some(&Value::Null), "{task}");
    }
}

#[expect(
    clippy::print_stderr,
    reason = "shown with the test's own output when it fails"
)]
fn announce(seed: u64) {
    eprintln!("seed {seed}");
}

#[apply(both_stores)]
async fn devices_that_work_offline_come_to_agree_and_lose_nothing(store: &Store) {
    let seed: u64 = rand::random();
    announce(seed);
    let mut chance = StdRng::seed_from_u64(seed);
    let server = store.program().serve().await;
    let user = server.user("ada").await;
    server.stop().await;

    let (address, server) = watch::channel(String::new());
    let mut running = server.clone();
    let line = Line { user, server };
    let chaos = restart(store, &address, StdRng::seed_from_u64(chance.random()));
    let work = async {
        running.changed().await.unwrap();
        drop(running);
        let devices = (0..DEVICES).map(|number| {
            let mut chance = StdRng::seed_from_u64(chance.random());
            let line = line.clone();
            async move {
                let mut device = Device {
                    number,
                    ..Device::default()
                };
                device.work(&line, &mut chance).await;
                device
            }
        });
        let mut devices = join_all(devices).await;
        for device in &mut devices {
            device.pull(&line, &mut chance).await;
        }
        assert_agreement(&devices, &line.user()).await;
        drop(line);
    };
    tokio::join!(chaos, work);
}
