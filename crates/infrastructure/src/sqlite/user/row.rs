//! How a user lies in their table, and how they come (back) to exist.

#![expect(clippy::ref_option_ref, reason = "diesel's derives borrow every field")]

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sqlite::{Sqlite, SqliteConnection};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::UserId;
use tasklane_domain::page::ListVersion;
use tasklane_domain::task::Revision;
use tasklane_domain::user::{Admission, Email, LOCAL_ISSUER, Name, NewAccount, User};

use crate::sqlite::column::{Id, Instant};
use crate::sqlite::error::TxError;
use crate::sqlite::schema::users;

/// The profile of a user who is not erased.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(Sqlite))]
pub(crate) struct UserRow {
    id: Id,
    issuer: String,
    email: Option<String>,
    email_verified_at: Option<Instant>,
    name: Option<String>,
    created_at: Instant,
    updated_at: Instant,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let corrupt = |violation| StoreError::corrupt("user", violation);
        Ok(Self {
            id: UserId::new(row.id.0),
            issuer: row.issuer,
            email: row
                .email
                .as_deref()
                .map(Email::parse)
                .transpose()
                .map_err(corrupt)?,
            email_verified: row.email_verified_at.is_some(),
            name: row
                .name
                .as_deref()
                .map(Name::parse)
                .transpose()
                .map_err(corrupt)?,
            created_at: Some(row.created_at.0),
            updated_at: Some(row.updated_at.0),
        })
    }
}

/// The profile of a user who exists and is not erased.
pub(crate) fn find_user(
    connection: &mut SqliteConnection,
    id: UserId,
) -> QueryResult<Option<UserRow>> {
    users::table
        .find(Id::from(id))
        .filter(users::erased_at.is_null())
        .select(UserRow::as_select())
        .get_result(connection)
        .optional()
}

/// Whether the user exists, and is neither erased nor disabled.
pub(crate) fn may_sign_in(connection: &mut SqliteConnection, id: UserId) -> QueryResult<bool> {
    let found = users::table
        .find(Id::from(id))
        .filter(users::erased_at.is_null())
        .filter(users::disabled_at.is_null())
        .select(users::revision)
        .get_result::<i64>(connection)
        .optional()?;
    Ok(found.is_some())
}

/// The state of a user's tasks as a whole; zero for one who does not exist.
pub(crate) fn find_version<E: From<StoreError>>(
    connection: &mut SqliteConnection,
    id: impl Into<Id>,
) -> Result<ListVersion, TxError<E>> {
    let found = users::table
        .find(id.into())
        .select((users::revision, users::purge_horizon))
        .get_result::<(i64, i64)>(connection)
        .optional()?;
    let (revision, purge_horizon) = found.unwrap_or_default();
    Ok(ListVersion {
        revision: parse_revision(revision)?,
        purge_horizon: parse_revision(purge_horizon)?,
    })
}

/// A revision as it lies in a user's row.
pub(crate) fn parse_revision(number: i64) -> Result<Revision, StoreError> {
    Revision::new(number).ok_or_else(|| StoreError::corrupt("user", "a negative revision"))
}

/// What may be written of a user's profile.
#[derive(Clone, Copy, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct Profile<'a> {
    issuer: &'a str,
    subject: Option<&'a str>,
    email: Option<&'a str>,
    email_verified_at: Option<Instant>,
    name: Option<&'a str>,
    created_at: Instant,
    updated_at: Instant,
    erased_at: Option<Instant>,
}

impl<'a> Profile<'a> {
    pub(crate) fn of_account(account: &'a NewAccount) -> Self {
        Self {
            issuer: LOCAL_ISSUER,
            subject: None,
            email: Some(account.email.as_str()),
            email_verified_at: None,
            name: account.name.as_ref().map(Name::as_str),
            created_at: Instant(account.at),
            updated_at: Instant(account.at),
            erased_at: None,
        }
    }

    pub(crate) fn of_admission(Admission { profile, at, .. }: &'a Admission) -> Self {
        Self {
            issuer: &profile.alias,
            subject: Some(&profile.subject),
            email: profile.email.as_ref().map(Email::as_str),
            email_verified_at: profile.email_verified.then_some(Instant(*at)),
            name: profile.name.as_ref().map(Name::as_str),
            created_at: Instant(*at),
            updated_at: Instant(*at),
            erased_at: None,
        }
    }

    pub(crate) fn named(self, name: Option<&'a Name>) -> Self {
        Self {
            name: name.map(Name::as_str),
            ..self
        }
    }

    /// The rest of a user who is erased at the instant `at`.
    fn erased(issuer: &'a str, at: Timestamp) -> Self {
        Self {
            issuer,
            subject: None,
            email: None,
            email_verified_at: None,
            name: None,
            created_at: Instant(at),
            updated_at: Instant(at),
            erased_at: Some(Instant(at)),
        }
    }
}

/// A user who is new.
#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(crate) struct NewUserRow<'a> {
    id: Id,
    version: i64,
    revision: i64,
    purge_horizon: i64,
    open_tasks: i64,
    items: i64,
    bytes: i64,
    tokens_not_before: Option<Instant>,
    disabled_at: Option<Instant>,
    #[diesel(embed)]
    profile: Profile<'a>,
}

impl<'a> NewUserRow<'a> {
    /// A user who has written nothing yet.
    pub(crate) fn new(id: UserId, profile: Profile<'a>) -> Self {
        Self {
            id: id.into(),
            version: 1,
            revision: 0,
            purge_horizon: 0,
            open_tasks: 0,
            items: 0,
            bytes: 0,
            tokens_not_before: None,
            disabled_at: None,
            profile,
        }
    }
}

/// Makes the user, or brings an erased one back: empty, with the count continued.
pub(crate) fn admit_user(
    connection: &mut SqliteConnection,
    id: UserId,
    profile: &Profile<'_>,
) -> QueryResult<()> {
    let revived = diesel::update(users::table.find(Id::from(id)))
        .set(profile)
        .execute(connection)?;
    if revived == 0 {
        diesel::insert_into(users::table)
            .values(&NewUserRow::new(id, *profile))
            .execute(connection)?;
    }
    Ok(())
}

/// Leaves of the user what must stay, or makes that record.
pub(crate) fn record_erasure(
    connection: &mut SqliteConnection,
    id: UserId,
    issuer: &str,
    at: Timestamp,
) -> QueryResult<()> {
    let known = moved_not_before(connection, id, at)?;
    let profile = Profile::erased(issuer, at);
    let not_before = Some(known.unwrap_or(Instant(at)));
    if known.is_some() {
        diesel::update(users::table.find(Id::from(id)))
            .set((
                &profile,
                users::version.eq(users::version + 1_i64),
                users::revision.eq(counted_on()),
                users::purge_horizon.eq(counted_on()),
                users::open_tasks.eq(0),
                users::items.eq(0),
                users::bytes.eq(0),
                users::tokens_not_before.eq(not_before),
            ))
            .execute(connection)?;
    } else {
        let row = NewUserRow {
            tokens_not_before: not_before,
            ..NewUserRow::new(id, profile)
        };
        diesel::insert_into(users::table)
            .values(&row)
            .execute(connection)?;
    }
    Ok(())
}

/// Shuts the user out; false when nothing is known of them.
pub(crate) fn record_disabling(
    connection: &mut SqliteConnection,
    id: UserId,
    at: Timestamp,
) -> QueryResult<bool> {
    let Some(not_before) = moved_not_before(connection, id, at)? else {
        return Ok(false);
    };
    diesel::update(users::table.find(Id::from(id)))
        .set((
            users::version.eq(users::version + 1_i64),
            users::disabled_at.eq(Some(Instant(at))),
            users::tokens_not_before.eq(Some(not_before)),
        ))
        .execute(connection)?;
    Ok(true)
}

/// From when on the user's tokens count if older ones than `at` no longer do: never earlier than
/// before. `None` when nothing is known of the user.
fn moved_not_before(
    connection: &mut SqliteConnection,
    id: UserId,
    at: Timestamp,
) -> QueryResult<Option<Instant>> {
    let known = users::table
        .find(Id::from(id))
        .select(users::tokens_not_before)
        .get_result::<Option<Instant>>(connection)
        .optional()?;
    let at = Instant(at);
    Ok(known.map(|not_before| not_before.map_or(at, |not_before| not_before.max(at))))
}

/// The user's revision after an erasure: one more, so that whatever was known of the tasks that are
/// gone is outdated, unless they were gone already.
#[diesel::dsl::auto_type]
fn counted_on() -> _ {
    case_when(users::erased_at.is_null(), users::revision + 1_i64).otherwise(users::revision)
}
