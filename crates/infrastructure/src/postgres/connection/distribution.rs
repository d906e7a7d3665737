//! The tables spread over several machines with Citus, each user's rows together on one of them.

#[cfg(all(test, feature = "testing"))]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};

use diesel::dsl::sql;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryResult, RunQueryDsl};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::postgres::error::NoCitus;
use crate::postgres::tools::migrate::SyncConnection;

/// Where the rows of a table go.
struct Placement {
    table: &'static str,
    /// The column whose value decides.
    key: &'static str,
    /// The table beside whose rows of the same value they lie; `none` for a table on its own.
    beside: &'static str,
}

/// Every table, behind those that it refers to. What is looked up before its owner is known goes by
/// its own key.
const PLACEMENTS: [Placement; 8] = [
    Placement {
        table: "users",
        key: "id",
        beside: "none",
    },
    Placement {
        table: "tasks",
        key: "owner_id",
        beside: "users",
    },
    owned("accounts"),
    owned("account_links"),
    owned("sessions"),
    owned("spent_secrets"),
    owned("known_addresses"),
    Placement {
        table: "account_emails",
        key: "email_key",
        beside: "none",
    },
];

const fn owned(table: &'static str) -> Placement {
    Placement {
        table,
        key: "user_id",
        beside: "users",
    }
}

const HAS_CITUS: &str = "to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL";

fn is_spread(table: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_dist_partition
            WHERE logicalrelid = to_regclass('{table}') AND partmethod = 'h')"
    )
}

/// Whether the users' rows are spread over machines, as the newest connection found.
///
/// A transaction about several users costs a two-phase commit then, and a connection waits for one
/// machine while others have nothing to do, so statements share neither.
#[derive(Debug, Default)]
pub(crate) struct Distribution {
    is_known: AtomicBool,
    is_in_place: AtomicBool,
}

impl Distribution {
    /// Looks, over a connection that is not in use yet.
    pub(crate) async fn look(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let found =
            is_true(client, HAS_CITUS).await? && is_true(client, &is_spread("users")).await?;
        self.is_in_place.store(found, Ordering::Release);
        self.is_known.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether anybody has looked yet.
    pub(crate) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Acquire)
    }

    /// What was found; false as long as nobody has looked.
    pub(crate) fn is_in_place(&self) -> bool {
        self.is_in_place.load(Ordering::Acquire)
    }
}

async fn is_true(client: &Client, condition: &str) -> Result<bool, tokio_postgres::Error> {
    let messages = client.simple_query(&format!("SELECT {condition}")).await?;
    let said_so = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
        _ => false,
    };
    Ok(messages.iter().any(said_so))
}

/// Refuses a database that Citus is not in.
pub(crate) fn require_citus(
    connection: &mut SyncConnection,
) -> Result<(), crate::postgres::MigrateError> {
    if holds(connection, HAS_CITUS)? {
        Ok(())
    } else {
        Err(NoCitus.into())
    }
}

/// Spreads what is not spread yet, if the users are: tables that were added since.
pub(crate) fn complete(connection: &mut SyncConnection) -> QueryResult<Vec<String>> {
    if holds(connection, HAS_CITUS)? && holds(connection, &is_spread("users"))? {
        spread(connection)
    } else {
        Ok(Vec::new())
    }
}

/// Spreads what is not spread yet, with the rows that are there, and gives the tables' names. In a
/// transaction, so that it is done wholly or not at all.
pub(crate) fn spread(connection: &mut SyncConnection) -> QueryResult<Vec<String>> {
    let mut missing = Vec::new();
    for placement in &PLACEMENTS {
        if !holds(connection, &is_spread(placement.table))? {
            missing.push(placement);
        }
    }
    for placement in &missing {
        diesel::sql_query("SELECT create_distributed_table($1::regclass, $2, colocate_with => $3)")
            .bind::<Text, _>(placement.table)
            .bind::<Text, _>(placement.key)
            .bind::<Text, _>(placement.beside)
            .execute(connection)?;
    }
    // What was copied to the machines still takes room here, where nobody sees it any more.
    for placement in &missing {
        diesel::sql_query("SELECT truncate_local_data_after_distributing_table($1::regclass)")
            .bind::<Text, _>(placement.table)
            .execute(connection)?;
    }
    Ok(missing.iter().map(|it| it.table.to_owned()).collect())
}

fn holds(connection: &mut SyncConnection, condition: &str) -> QueryResult<bool> {
    diesel::select(sql::<Bool>(condition)).get_result(connection)
}
