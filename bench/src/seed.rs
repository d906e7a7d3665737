//! Fills a store through the domain's ports, so that it holds what Tasklane itself would have written.

use std::path::PathBuf;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::SessionId;
use tasklane_domain::port::{AccountStore, TaskRepository};
use tasklane_domain::task::{Action, Operation, WriteRules};
use tasklane_domain::user::{Actor, Email, NewAccount, NewSession, PasswordHash, RefreshSecret};
use tasklane_infrastructure::postgres::{PostgresSettings, PostgresStore};
use tasklane_infrastructure::sqlite::{SqliteSettings, SqliteStore};

use crate::Failure;
use crate::population::{Population, created_at, new_task, user_id};

/// How many users are made at once.
const AT_ONCE: usize = 16;

/// In how many parts a user's tasks are made, so that the tasks of users lie among each other as
/// those of people do who all add some now and then.
const PARTS: u32 = 4;

/// A store that can be filled.
trait Store: AccountStore + TaskRepository {}

impl<S: AccountStore + TaskRepository> Store for S {}

/// Migrates the store and fills it.
///
/// # Errors
/// The URL is none, or the store does not take what it is given.
pub fn fill(url: &str, population: &Population) -> Result<(), Failure> {
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

pub(crate) async fn open_sqlite(path: PathBuf) -> Result<SqliteStore, Failure> {
    let store = SqliteStore::open(&SqliteSettings {
        path,
        readers: 1,
        wait: Duration::from_mins(1),
    })?;
    store.migrate().await?;
    Ok(store)
}

async fn open_postgres(url: &str) -> Result<PostgresStore, Failure> {
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

pub(crate) async fn add_user(
    store: &impl AccountStore,
    user: u32,
    at: Timestamp,
) -> Result<(), Failure> {
    let account = NewAccount {
        id: user_id(user),
        email: Email::parse(&format!("user-{user}@example.com"))?,
        name: None,
        password: PasswordHash::new("no password matches this".into()),
        at,
    };
    let session = NewSession {
        id: SessionId::new(user_id(user).as_uuid()),
        secret: RefreshSecret::new([0; 32]).hash(),
        at,
        expires_at: at.after(Duration::from_hours(24)),
        user_agent: None,
    };
    Ok(store.register(account, session).await?)
}

/// Makes a part of a user's tasks at once: those whose numbers are in the range.
pub(crate) async fn add_tasks(
    store: &impl TaskRepository,
    user: u32,
    numbers: std::ops::Range<u32>,
) -> Result<(), Failure> {
    let at = created_at(numbers.start)?;
    let creates = numbers.map(|number| Ok(Operation::Create(new_task(user, number)?)));
    let creates = creates.collect::<Result<_, Failure>>()?;
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

async fn add_all(store: &impl Store, population: &Population) -> Result<(), Failure> {
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

async fn each_user(
    population: &Population,
    work: impl AsyncFn(u32) -> Result<(), Failure>,
) -> Result<(), Failure> {
    stream::iter(0..population.users)
        .map(|user| work(user))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
