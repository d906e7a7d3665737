//! What requests ask of PostgreSQL, as scripts for `pgbench -M prepared`: what the database can do
//! when nothing stands before it. Reads are the statements that Tasklane sends; writes are the plain
//! ones that anybody would write.
//!
//! pgbench knows numbers only, so ids are computed from them, which costs about a microsecond a
//! statement.

use tasklane_infrastructure::postgres::measuring::Statements;

use crate::Failure;
use crate::population::{Population, TASK_IDS, USER_IDS};

/// Flips whether a task is done: owner, id.
const TOGGLE: &str = "WITH owner AS (
        UPDATE users SET revision = revision + 1 WHERE id = $1 RETURNING revision
    )
    UPDATE tasks
    SET completed_at = CASE WHEN completed_at IS NULL THEN now() END, updated_at = now(),
        revision = owner.revision
    FROM owner
    WHERE tasks.owner_id = $1 AND tasks.id = $2
    RETURNING tasks.revision";

/// Creates a task: owner, id, and its content.
const CREATE: &str = "WITH owner AS (
        UPDATE users SET revision = revision + 1, live_tasks = live_tasks + 1 WHERE id = $1
        RETURNING revision
    )
    INSERT INTO tasks (owner_id, id, title, title_key, description, description_key, priority,
        due_date, due_at, tags, tag_keys, tag_search_key, created_at, updated_at, revision)
    SELECT $1, $2, $3, $3, $4, $4, 3::smallint, '2026-12-01'::date,
        '2026-12-01T00:00:00Z'::timestamptz, $5, $5, $5, now(), now(), owner.revision
    FROM owner
    RETURNING revision";

/// A script for each kind of request, with its name.
///
/// # Errors
/// A statement has a placeholder that nothing is known of here.
pub fn files(population: &Population) -> Result<Vec<(&'static str, String)>, Failure> {
    let statements = Statements::of_the_store()?;
    let owner = id_of(USER_IDS, ":user");
    let task = id_of(TASK_IDS, ":number");
    let new = new_id();
    let read = [owner.as_str(), &task];
    let list = [owner.as_str(), ":limit::bigint"];
    let toggle = [owner.as_str(), &task];
    let create = new_task(&owner, &new);
    Ok(vec![
        ("read.sql", script(population, &statements.read, &read)?),
        ("list.sql", script(population, &statements.list, &list)?),
        ("toggle.sql", script(population, TOGGLE, &toggle)?),
        ("create.sql", script(population, CREATE, &create)?),
    ])
}

/// The id whose last twelve digits are a variable's value.
fn id_of(base: u128, variable: &str) -> String {
    let text = uuid::Uuid::from_u128(base).to_string();
    let head = &text[..24];
    format!("('{head}' || lpad(to_hex({variable}::bigint), 12, '0'))::uuid")
}

/// An id that nothing has yet. It is computed wherever it stands, so it must be the same each time:
/// `gen_random_uuid()` would also keep PostgreSQL from using an index.
fn new_id() -> String {
    let half = |variable| format!("lpad(to_hex(:{variable}::bigint), 16, '0')");
    format!("({} || {})::uuid", half("high"), half("low"))
}

/// The values of a new task, in the order of the statement's placeholders.
fn new_task<'v>(owner: &'v str, id: &'v str) -> [&'v str; 5] {
    [
        owner,
        id,
        "'Ring the plumber about kitchen tap 00000'::text",
        "'The tap drips since the week before last, 00000 drops an hour; ask what a new one costs, \
         and whether Friday is too early'::text",
        "E'home\\nerrands'::text",
    ]
}

/// The script that gives the variables values, those that the statement has, and runs it.
fn script(population: &Population, statement: &str, values: &[&str]) -> Result<String, Failure> {
    let statement = filled(statement, values)?;
    let (users, tasks) = (population.active - 1, population.tasks - 1);
    let anything = "random(1, 9223372036854775806)".to_owned();
    let variables = [
        ("user", format!("random(0, {users})")),
        ("number", format!(":user * 1000 + random(0, {tasks})")),
        ("high", anything.clone()),
        ("low", anything),
        ("limit", "51".to_owned()),
    ];
    let used = variables
        .iter()
        .filter(|(name, _)| statement.contains(&format!(":{name}::")));
    let mut lines: Vec<_> = used
        .map(|(name, value)| format!("\\set {name} {value}\n"))
        .collect();
    lines.push(format!("{statement};\n"));
    Ok(lines.concat())
}

/// The statement with values in place of `$1`, `$2`, …, and without comments.
fn filled(statement: &str, values: &[&str]) -> Result<String, Failure> {
    let lines = statement.lines().filter(|line| !line.starts_with("--"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut parts = text.split('$');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let value = number
            .parse::<usize>()
            .ok()
            .and_then(|number| values.get(number.checked_sub(1)?))
            .ok_or_else(|| {
                format!("the statement has ${number}, which nothing is known of:\n{text}")
            })?;
        filled.push_str(value);
        filled.push_str(rest);
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_placeholder_gets_its_value() {
        let filled = filled("-- about $9\nSELECT $1, $11, $1", &["a"; 11]).unwrap();
        assert_eq!(filled, "SELECT a, a, a");
    }

    #[test]
    fn a_placeholder_without_a_value_is_an_error() {
        let failure = filled("SELECT $2", &["a"]).unwrap_err().to_string();
        assert!(failure.contains("$2"), "{failure}");
    }

    #[test]
    fn every_statement_of_the_store_can_be_filled() {
        let population = Population {
            users: 10,
            tasks: 10,
            active: 5,
        };
        for (name, text) in files(&population).unwrap() {
            assert!(!text.contains('$'), "{name}: {text}");
            assert!(
                text.contains("'00000000-0000-7000-8000-' ||"),
                "{name}: {text}"
            );
        }
    }
}
