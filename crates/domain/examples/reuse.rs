//! The domain without a database and without a server: services on the in-memory store.
//!
//! ```text
//! cargo run -p tasklane-domain --example reuse
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use tasklane_domain::page::{FeedLimit, TaskFilter, TaskQuery};
use tasklane_domain::port::NoMail;
use tasklane_domain::search::SearchWords;
use tasklane_domain::service::{
    AccountPolicy, AccountPorts, AccountService, Creation, ListAnswer, Registration, TaskService,
};
use tasklane_domain::task::{
    Change, Precondition, Priority, Revision, SyncPoint, Tag, Tags, TaskDraft, TaskPatch, Title,
    WriteRules,
};
use tasklane_domain::user::{Actor, Client, Email, Password};
use tasklane_domain_testkit::builders::instant;
use tasklane_domain_testkit::{
    DirectRevocationCheck, FixedClock, MemoryStore, PlainHasher, PlainKeyedHash, PlainTokens,
    RecordedNotifications, SequentialIds, SequentialSecrets,
};

fn main() -> Result<(), Box<dyn Error>> {
    block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let store = Arc::new(MemoryStore::default());
    let clock = Arc::new(FixedClock::at(instant(0)));
    let ids = Arc::new(SequentialIds::default());
    let tasks = TaskService::new(
        store.clone(),
        Arc::new(RecordedNotifications::default()),
        clock.clone(),
        ids.clone(),
        WriteRules::default(),
    );
    let accounts = accounts(&store, &clock, &ids);

    let email = Email::parse("ada@example.com")?;
    let password = Password::parse("correct horse battery", Some(&email))?;
    let registration = Registration {
        email,
        password,
        name: None,
    };
    let ada = accounts
        .register(registration, Client::default())
        .await?
        .user;
    println!(
        "{} has the id {}",
        ada.email.as_ref().map_or("nobody", Email::as_str),
        ada.id
    );

    let ada = Actor::local(ada.id);
    let owner = ada.owner();
    for title in ["Acheter du thé", "Buy milk", "Write the engine's notes"] {
        let draft = TaskDraft {
            priority: Priority::High,
            tags: Tags::new(vec![Tag::parse("home")?])?,
            ..TaskDraft::titled(Title::parse(title)?)
        };
        let Creation::Created(task) = tasks.create(owner, &ada, draft, None).await? else {
            continue;
        };
        println!(
            "created {:?} at revision {}",
            task.title.as_str(),
            task.revision
        );
        clock.advance(Duration::from_mins(1));
    }

    let tea = TaskFilter {
        words: SearchWords::parse("THE acheter")?,
        ..TaskFilter::default()
    };
    let query = TaskQuery {
        filter: tea,
        ..TaskQuery::default()
    };
    let ListAnswer::Page(page) = tasks.list(owner, &query, None).await? else {
        return Ok(());
    };
    for task in &page.items {
        println!("found {:?}", task.title.as_str());
        let stale = Precondition::from(Revision::ZERO);
        let refused = tasks
            .update(owner, &ada, task.id, stale, TaskPatch::toggle())
            .await;
        if let Err(refusal) = refused {
            println!("a stale write is refused: {refusal}");
        }
        tasks
            .update(
                owner,
                &ada,
                task.id,
                task.revision.into(),
                TaskPatch::toggle(),
            )
            .await?;
    }

    let feed = tasks.changes(owner, SyncPoint::default(), FeedLimit::MAX);
    for change in feed.await?.changes {
        if let Change::Task(task) = &change {
            let state = if task.is_completed() { "done" } else { "open" };
            println!("{} {state} {}", change.revision(), task.title);
        }
    }
    Ok(())
}

fn accounts(
    store: &Arc<MemoryStore>,
    clock: &Arc<FixedClock>,
    ids: &Arc<SequentialIds>,
) -> AccountService {
    let ports = AccountPorts {
        accounts: store.clone(),
        sessions: store.clone(),
        hasher: Arc::new(PlainHasher),
        tokens: Arc::new(PlainTokens),
        revocations: Arc::new(DirectRevocationCheck::to(store.clone())),
        ids: ids.clone(),
        secrets: Arc::new(SequentialSecrets::default()),
        keyed_hash: Arc::new(PlainKeyedHash("key")),
        mail: Arc::new(NoMail),
        clock: clock.clone(),
    };
    let policy = AccountPolicy {
        registration_open: true,
        access_lifetime: Duration::from_mins(15),
        session_lifetime: Duration::from_hours(30 * 24),
        refresh_grace: Duration::from_mins(1),
        verified_email_required: false,
    };
    AccountService::new(ports, policy)
}
