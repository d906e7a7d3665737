//! A running server with its data, and how a test comes to run on both stores.

use std::ops::Deref;

use crate::server::Server;
use crate::store::{Kind, Store};

/// A server that runs on data of its own, with the tests' settings.
#[derive(Debug)]
pub struct App {
    // Dropped in this order: the data goes when nobody uses it any more.
    server: Server,
    store: Store,
}

impl App {
    /// Where its data lies.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl Deref for App {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// What a test under [`crate::both_stores`] can ask for.
pub trait Fixture: Sized {
    /// Makes it of a fresh store.
    fn prepare(store: Store) -> impl Future<Output = Self>;
}

impl Fixture for Store {
    async fn prepare(store: Store) -> Self {
        store
    }
}

impl Fixture for App {
    async fn prepare(store: Store) -> Self {
        let server = store.program().serve().await;
        Self { server, store }
    }
}

/// Runs a test on one store.
pub fn run<F: Fixture>(kind: Kind, test: impl AsyncFnOnce(&F)) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        let fixture = F::prepare(Store::create(kind).await).await;
        test(&fixture).await;
    });
}

/// Makes two tests of an async function, `<name>::sqlite` and `<name>::postgres`. The function takes
/// what it needs: `&App` or `&Store`.
#[macro_export]
macro_rules! both_stores {
    ($(#[$attribute:meta])* async fn $name:ident($fixture:ident: &$kind:ident) $body:block) => {
        $(#[$attribute])*
        async fn $name($fixture: &$kind) $body

        mod $name {
            #[test]
            fn sqlite() {
                use $crate::store::Kind;
                $crate::app::run(Kind::Sqlite, async |it: &super::$kind| super::$name(it).await);
            }

            #[test]
            fn postgres() {
                use $crate::store::Kind;
                $crate::app::run(Kind::Postgres, async |it: &super::$kind| super::$name(it).await);
            }
        }
    };
}
