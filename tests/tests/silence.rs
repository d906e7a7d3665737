//! While nobody calls, nothing is asked of the database: hosted ones go to sleep then, and cost
//! nothing.

use std::time::Duration;

use tasklane_tests::proxy::Proxy;
use tasklane_tests::store::{Kind, Store};

/// What is still done after the last call, an hourly purge of the trash included, is done by then.
const SETTLED: Duration = Duration::from_secs(13);
const WATCHED: Duration = Duration::from_secs(6);

#[tokio::test]
async fn a_server_that_nobody_calls_asks_nothing_of_its_database() {
    let store = Store::create(Kind::Postgres).await;
    let used = Proxy::towards(&store.url()).await;
    let unused = Proxy::towards(&store.url()).await;
    let program = |proxy: &Proxy| {
        let program = store.program().set("database.migrate", "false");
        program.variable("DATABASE_URL", &proxy.url(&store.url()))
    };
    let server = program(&used).serve().await;
    let _idle = program(&unused).serve().await;
    let ada = server.user("ada").await;
    ada.create_titled("Task").await;
    ada.get("/api/tasks").await.is(200);
    server.anonymous().get("/health/ready").await.is(200);

    tokio::time::sleep(SETTLED).await;
    let before = used.traffic();
    assert!(before > 0, "the calls went another way");
    // A start looks once whether the database can be used.
    let at_start = unused.traffic();
    tokio::time::sleep(WATCHED).await;
    assert_eq!(used.traffic(), before);
    assert_eq!(unused.traffic(), at_start);
    ada.create_titled("And goes on when somebody calls").await;
    assert!(used.traffic() > before);
}
