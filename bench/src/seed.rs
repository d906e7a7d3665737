//! Fills a store through the domain's ports, so that it holds the rows that Tasklane itself writes.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use futures::stream::{self, StreamExt, TryStreamExt};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::SessionId;
use tasklane_domain::port::{AccountStore, TaskRepository};
use tasklane_domain::task::{Action, Operation, WriteRules};
use tasklane_domain::user::{Actor, Email, NewAccount, NewSession, PasswordHash, Secret};
use tasklane_infrastructure::postgres::{PostgresSettings, PostgresStore};
use tasklane_infrastructure::sqlite::{SqliteSettings, SqliteStore};

use crate::population::{Population, created_at, new_task, user_id};

/// How many users are made at once.
const AT_ONCE: usize = 16;

/// In how many parts a user's tasks are made, so that on the disk the tasks of users lie among each
/// other, as those of people who all add one now and then.
const PARTS: u32 = 4;

/// A store that can be filled.
trait Store: AccountStore + TaskRepository {}

impl<S: AccountStore + TaskRepository> Store for S {}

/// Migrates the store and fills it.
///
/// # Errors
/// The URL names no store, or the store refuses what it is given.
pub fn fill(url: &str, population: &Population) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if let Some(file) = url.strip_prefix("sqlite:") {
            let store = open_sqlite(file.into()).await?;
            add_all(&store, population).await?;
            store.close().await;
            return Ok(());
        }
        add_all(&open_postgres(url).await?, population).await
    })
}

pub(crate) async fn open_sqlite(path: PathBuf) -> Result<SqliteStore> {
    let store = SqliteStore::open(&SqliteSettings {
        path,
        readers: 1,
        wait: Duration::from_mins(1),
    })?;
    store.migrate().await?;
    Ok(store)
}

async fn open_postgres(url: &str) -> Result<PostgresStore> {
    let store = PostgresStore::open(&PostgresSettings {
        url: url.into(),
        direct_url: None,
        pool_size: AT_ONCE,
        pool_wait: Duration::from_mins(1),
        statement_cache: true,
    })?;
    store.migrate().await?;
    Ok(store)
}

pub(crate) async fn add_user(store: &impl AccountStore, user: u32, at: Timestamp) -> Result<()> {
    let account = NewAccount {
        id: user_id(user),
        email: Email::parse(&format!("user-{user}@example.com"))?,
        name: None,
        password: PasswordHash::new("no password matches this".into()),
        at,
    };
    let session = NewSession {
        id: SessionId::new(user_id(user).as_uuid()),
        secret: Secret::new([0; 32]).hash(),
        at,
        expires_at: at.after(Duration::from_hours(24)),
        user_agent: None,
        address: None,
    };
    Ok(store.register(account, session).await?)
}

/// Makes the tasks of a user whose numbers are in the range, in one batch.
pub(crate) async fn add_tasks(
    store: &impl TaskRepository,
    user: u32,
    numbers: std::ops::Range<u32>,
) -> Result<()> {
    let at = created_at(numbers.start)?;
    let creates = numbers.map(|number| Ok(Operation::Create(new_task(user, number)?)));
    let creates = creates.collect::<Result<_>>()?;
    let owner = Actor::local(user_id(user));
    store
        .write(
            owner.owner(),
            &owner,
            Action::Apply(creates),
            WriteRules::default(),
            at,
        )
        .await?;
    Ok(())
}

async fn add_all(store: &impl Store, population: &Population) -> Result<()> {
    let at = created_at(0)?;
    each_user(population, async |user| add_user(store, user, at).await).await?;
    for part in 0..PARTS {
        let first = population.tasks * part / PARTS;
        let end = population.tasks * (part + 1) / PARTS;
        each_user(population, async |user| {
            add_tasks(store, user, first..end).await
        })
        .await?;
    }
    Ok(())
}

async fn each_user(population: &Population, work: impl AsyncFn(u32) -> Result<()>) -> Result<()> {
    stream::iter(0..population.users)
        .map(|user| work(user))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
