//! The log while writes go on.

use diesel::dsl::sql;
use diesel::sql_types::{Integer, Text};

use super::*;

/// More than a long log holds, and less than that at which the writer would copy it on its own.
const PAGES: i32 = 20_000;
/// In each of the large writes.
const PAGES_AT_ONCE: i32 = 2_000;

/// Small writes that do not fill the log up to that.
const MANY_WRITES: u128 = 2_000;

#[tokio::test]
async fn a_long_log_is_copied_while_writes_go_on_and_begins_anew() {
    let fixture = fixture(PATIENT).await;
    let table = "CREATE TABLE filling (content BLOB)";
    fixture.execute(table.to_owned()).await.unwrap();
    // A little less than a page each, since a page also says where the next one is.
    let fill = format!("INSERT INTO filling VALUES (zeroblob(4000 * {PAGES_AT_ONCE}))");
    for _ in 0..PAGES / PAGES_AT_ONCE {
        fixture.execute(fill.clone()).await.unwrap();
    }
    let mut number = 0;
    while fixture.pages_in_log().await > PAGES / 2 {
        number += 1;
        assert!(number < MANY_WRITES, "the log stays long");
        fixture.insert(number).await.unwrap();
    }
    let pages = u64::try_from(PAGES).unwrap();
    assert!(fixture.database_size() > pages * 3_500);
    assert_eq!(fixture.users().await, (1..=number).collect::<Vec<_>>());
    let integrity = fixture.store.readers().run(|connection| {
        let check = sql::<Text>("PRAGMA integrity_check");
        Ok::<_, TxError>(check.get_result::<String>(connection)?)
    });
    assert_eq!(integrity.await.unwrap(), "ok");
}

impl Fixture {
    async fn pages_in_log(&self) -> i32 {
        let log = self.store.readers().run(|connection| {
            let log = sql::<(Integer, Integer, Integer)>("PRAGMA wal_checkpoint(NOOP)");
            let (_, pages, _) = log.get_result::<(i32, i32, i32)>(connection)?;
            Ok::<_, TxError>(pages)
        });
        log.await.unwrap()
    }

    fn database_size(&self) -> u64 {
        let file = std::fs::metadata(self.folder.path().join("tasklane.db"));
        file.unwrap().len()
    }
}
