//! The setting that somebody meant who wrote another name.

use super::environment::{FILE, variable_of};
use super::reference;

/// How alike two names must be, from 0 to 1, for one to be a slip of the other.
const ALIKE: f64 = 0.8;

/// The setting or table that was meant by a key that is not one.
pub(super) fn key_for(unknown: &str) -> Option<String> {
    setting_for(unknown).or_else(|| nearest(unknown, &tables()))
}

/// The setting that was meant by a key that is not one.
pub(super) fn setting_for(unknown: &str) -> Option<String> {
    let keys = reference::keys();
    nearest(unknown, &keys).or_else(|| elsewhere(unknown, &keys))
}

fn tables() -> Vec<String> {
    let keys = reference::keys();
    let tables = keys.iter().filter_map(|key| key.rsplit_once('.'));
    tables.map(|(table, _)| table.to_owned()).collect()
}

fn nearest(unknown: &str, names: &[String]) -> Option<String> {
    let likeness = |name| strsim::normalized_damerau_levenshtein(unknown, name);
    let alike = names.iter().map(|name| (likeness(name), name));
    let alike = alike.filter(|(likeness, _)| *likeness >= ALIKE);
    let nearest = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.map(|(_, name)| name.clone())
}

/// A setting of that name in another table, if there is just one.
fn elsewhere(unknown: &str, keys: &[String]) -> Option<String> {
    let name_of = |key: &str| key.rsplit('.').next().map(str::to_owned);
    let mut found = keys.iter().filter(|key| name_of(key) == name_of(unknown));
    match (found.next(), found.next()) {
        (Some(key), None) => Some(key.clone()),
        _ => None,
    }
}

/// The variable that was meant by one of our prefix whose underscores are not where they should be.
pub(super) fn variable_for(misnamed: &str) -> Option<String> {
    let letters = |name: &str| name.replace('_', "").to_uppercase();
    let wanted = letters(misnamed);
    let variables = reference::keys().into_iter().map(|key| variable_of(&key));
    variables
        .chain([FILE.to_owned()])
        .find(|variable| letters(variable) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_taken_for_the_setting_that_was_meant() {
        for (unknown, meant) in [
            ("server.adress", Some("server.address")),
            ("servr.address", Some("server.address")),
            ("serverr", Some("server")),
            ("rate_limit.api.quotas", Some("rate_limit.api.quota")),
            ("pool_size", Some("database.pool_size")),
            ("address", None),
            ("surprise", None),
        ] {
            assert_eq!(key_for(unknown).as_deref(), meant, "{unknown}");
        }
    }

    #[test]
    fn a_variable_is_known_by_its_letters() {
        for (misnamed, meant) in [
            ("TASKLANE_PROFILE", Some("TASKLANE__PROFILE")),
            ("TASKLANE_DATABASE_URL", Some("TASKLANE__DATABASE__URL")),
            (
                "TASKLANE_SERVER__ADDRESS",
                Some("TASKLANE__SERVER__ADDRESS"),
            ),
            ("tasklane_log_level", Some("TASKLANE__LOG__LEVEL")),
            ("TASKLANE__CONFIG", Some("TASKLANE_CONFIG")),
            ("TASKLANE_PORT", None),
        ] {
            assert_eq!(variable_for(misnamed).as_deref(), meant, "{misnamed}");
        }
    }
}
