//! How the tables come to be spread, and what a transaction then spans.

use futures::future::join_all;
use tasklane_domain::page::TaskQuery;
use tasklane_domain::port::{AccountStore, TaskRepository, UserRepository};
use tasklane_domain::task::{NewTask, Operation, Outcome, TaskDraft, Title, WriteRules};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::Writes;
use tasklane_domain_testkit::builders::{
    a_federated_actor, a_new_account, a_new_session, a_task_id, instant,
};
use tasklane_infrastructure::postgres::PostgresStore;

use crate::cluster::Cluster;

const TABLES: [&str; 8] = [
    "users",
    "tasks",
    "accounts",
    "account_links",
    "sessions",
    "spent_secrets",
    "known_addresses",
    "account_emails",
];

/// Transactions over several machines leave records until they are tidied up.
const TWO_PHASE_COMMITS: &str = "SELECT count(*) FROM pg_dist_transaction";

async fn create_task(store: &PostgresStore, owner: &Actor) {
    let operation = Operation::Create(NewTask {
        id: a_task_id(),
        draft: TaskDraft::titled(Title::parse("Buy milk").expect("a title")),
        fingerprint: None,
    });
    let written = store
        .apply(owner, operation, WriteRules::default(), instant(0))
        .await;
    assert!(matches!(written, Ok(Outcome::Created(_))), "{written:?}");
}

async fn spread_tables(cluster: &Cluster) -> i64 {
    let tables = "SELECT count(*) FROM citus_tables WHERE citus_table_type = 'distributed'";
    cluster.value(tables).await
}

#[tokio::test]
async fn what_was_there_before_is_there_afterwards() {
    let cluster = Cluster::undistributed().await;
    let store = cluster.store();
    let account = a_new_account(instant(0));
    let registered = store
        .register(account.clone(), a_new_session(instant(0)))
        .await;
    registered.expect("an account");
    let owner = Actor::local(account.id);
    create_task(&store, &owner).await;
    assert_eq!(spread_tables(&cluster).await, 0);

    let distributed = store.distribute().await.expect("a distribution");
    assert_eq!(distributed.tables, TABLES);
    assert_eq!(spread_tables(&cluster).await, 8);
    let together = "SELECT count(DISTINCT colocation_id) FROM citus_tables
        WHERE table_name::text <> 'account_emails'";
    assert_eq!(cluster.value::<i64>(together).await, 1);
    let left_behind = "SELECT sum(pg_relation_size(logicalrelid))::bigint FROM pg_dist_partition";
    assert_eq!(cluster.value::<i64>(left_behind).await, 0);

    let found = store
        .account_by_email(&account.email)
        .await
        .expect("a look-up");
    assert_eq!(found.expect("the account").user, account.to_user());
    // The connections from before go on to be used.
    create_task(&store, &owner).await;
    let page = store.list(owner.owner(), &TaskQuery::default()).await;
    assert_eq!(page.expect("a page").items.len(), 2);

    let again = store.distribute().await.expect("nothing to be done");
    assert_eq!((again.migrations.len(), again.tables.len()), (0, 0));
}

#[tokio::test]
async fn a_table_of_a_later_migration_is_spread_too() {
    let cluster = Cluster::empty().await;
    let store = cluster.store();
    create_task(&store, &a_federated_actor()).await;
    cluster
        .execute(
            "DROP TABLE known_addresses, spent_secrets, sessions;
             DELETE FROM __diesel_schema_migrations WHERE version = '20261120000004'",
        )
        .await;
    assert_eq!(spread_tables(&cluster).await, 5);
    let applied = store.migrate().await.expect("a migration");
    assert_eq!(applied, ["20261120000004_sessions"]);
    assert_eq!(spread_tables(&cluster).await, 8);

    let account = a_new_account(instant(0));
    let registered = store
        .register(account.clone(), a_new_session(instant(0)))
        .await;
    registered.expect("an account with a session");
}

#[tokio::test]
async fn writes_of_several_owners_are_committed_apart() {
    let cluster = Cluster::empty().await;
    let store = cluster.store();
    cluster
        .execute("SELECT recover_prepared_transactions()")
        .await;
    let owners: Vec<Actor> = (0..60).map(|_| a_federated_actor()).collect();
    join_all(owners.iter().map(|owner| create_task(&store, owner))).await;
    join_all(owners.iter().map(|owner| create_task(&store, owner))).await;
    assert_eq!(
        cluster.value::<i64>("SELECT count(*) FROM tasks").await,
        120
    );
    assert_eq!(cluster.value::<i64>(TWO_PHASE_COMMITS).await, 0);
}

/// Registrations and erasures are about an address and a user. Among ten of them some lie apart.
#[tokio::test]
async fn an_address_and_its_user_are_committed_together() {
    let cluster = Cluster::empty().await;
    let store = cluster.store();
    cluster
        .execute("SELECT recover_prepared_transactions()")
        .await;
    let accounts: Vec<_> = (0..10).map(|_| a_new_account(instant(0))).collect();
    for account in &accounts {
        let registered = store
            .register(account.clone(), a_new_session(instant(0)))
            .await;
        registered.expect("an account");
    }
    let after_registering: i64 = cluster.value(TWO_PHASE_COMMITS).await;
    assert!(after_registering > 0);
    for account in &accounts {
        let erased = store.erase(&Actor::local(account.id), instant(1)).await;
        assert!(erased.expect("an erasure"));
    }
    assert!(cluster.value::<i64>(TWO_PHASE_COMMITS).await > after_registering);
    assert_eq!(
        cluster
            .value::<i64>("SELECT count(*) FROM account_emails")
            .await,
        0
    );
}
