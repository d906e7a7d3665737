use proptest::prelude::*;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::task::OrderKey;

use crate::strategies::order_key;

proptest! {
    #[test]
    fn a_key_between_two_is_between_them(one in order_key(), other in order_key()) {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        match OrderKey::between(Some(&low), Some(&high)) {
            Some(key) => {
                prop_assert!(low < key && key < high, "{low} {key} {high}");
                prop_assert_eq!(OrderKey::parse(key.as_str()), Ok(key));
            }
            // Only where one of them is about as long as a key can be.
            None => prop_assert!(low == high || low.as_str().len().max(high.as_str().len()) > 120),
        }
        prop_assert_eq!(OrderKey::between(Some(&high), Some(&low)), None);
    }

    #[test]
    fn there_is_a_key_before_and_after_each(key in order_key()) {
        if let Some(before) = OrderKey::between(None, Some(&key)) {
            prop_assert!(before < key);
            prop_assert_eq!(OrderKey::parse(before.as_str()), Ok(before));
        } else {
            prop_assert!(key.as_str().starts_with("A000"));
        }
        if let Some(after) = OrderKey::between(Some(&key), None) {
            prop_assert!(key < after);
            prop_assert_eq!(OrderKey::parse(after.as_str()), Ok(after));
        } else {
            prop_assert!(key.as_str().starts_with("zzzz"));
        }
    }

    #[test]
    fn what_is_created_later_comes_later(one in 0_i64..10_i64.pow(16), other in 0_i64..10_i64.pow(16)) {
        let key = |micros| OrderKey::of_instant(Timestamp::from_micros(micros).unwrap());
        let most = 62_i64.pow(9) - 1;
        prop_assert_eq!(key(one).cmp(&key(other)), one.min(most).cmp(&other.min(most)));
        prop_assert_eq!(OrderKey::parse(key(one).as_str()), Ok(key(one)));
    }

    #[test]
    fn any_text_is_refused_or_kept(text in "\\PC{0,6}|[A-Za-z0-9]{0,40}|A0{20,30}") {
        if let Ok(key) = OrderKey::parse(&text) {
            prop_assert_eq!(key.as_str(), text);
        }
    }
}
