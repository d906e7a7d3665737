//! Which trace a request belongs to: W3C Trace Context, level 1 (<https://www.w3.org/TR/trace-context/>).

use std::str::FromStr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// How long it is in version 0, and how a later version must begin.
const LENGTH: usize = 55;
/// The version that there will never be.
const NO_VERSION: u128 = 0xff;

/// The span of the caller, when the request says so once and validly. What is malformed counts as
/// not said (§3.2.2.3, §4.3).
pub(super) fn remote_parent(headers: &HeaderMap) -> Option<SpanContext> {
    let mut given = headers.get_all(&TRACEPARENT);
    let (Some(value), None) = (given.next(), given.next()) else {
        return None;
    };
    let (trace, span, flags) = parse(value.to_str().ok()?)?;
    let state = state(headers).unwrap_or_default();
    Some(SpanContext::new(trace, span, flags, true, state))
}

/// What else the caller's systems send along; several headers are one list (§3.3.1.1).
fn state(headers: &HeaderMap) -> Option<TraceState> {
    let lists = headers.get_all(&TRACESTATE).map(HeaderValue::to_str);
    let lists = lists.collect::<Result<Vec<_>, _>>().ok()?;
    TraceState::from_str(&lists.join(",")).ok()
}

fn parse(value: &str) -> Option<(TraceId, SpanId, TraceFlags)> {
    let (known, later) = value.split_at_checked(LENGTH)?;
    let mut parts = known.split('-');
    let version = hexadecimal(parts.next()?, 2)?;
    let trace = TraceId::from(hexadecimal(parts.next()?, 32)?);
    let span = SpanId::from(u64::try_from(hexadecimal(parts.next()?, 16)?).ok()?);
    let flags = TraceFlags::new(u8::try_from(hexadecimal(parts.next()?, 2)?).ok()?);
    let goes_on = match version {
        0 => later.is_empty(),
        NO_VERSION => false,
        _ => later.is_empty() || later.starts_with('-'),
    };
    let is_valid = goes_on && trace != TraceId::INVALID && span != SpanId::INVALID;
    is_valid.then_some((trace, span, flags & TraceFlags::SAMPLED))
}

fn hexadecimal(digits: &str, length: usize) -> Option<u128> {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != length || !digits.bytes().all(is_digit) {
        return None;
    }
    u128::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn read(values: &[&str]) -> Option<(String, String, bool)> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
        }
        let span = remote_parent(&headers)?;
        assert!(span.is_remote() && span.is_valid());
        let (trace, id) = (span.trace_id().to_string(), span.span_id().to_string());
        Some((trace, id, span.is_sampled()))
    }

    #[test]
    fn a_valid_header_is_taken() {
        for (version, flags, later, sampled) in [
            ("00", "01", "", true),
            ("00", "00", "", false),
            ("00", "ff", "", true),
            ("00", "02", "", false),
            ("01", "01", "", true),
            ("cc", "01", "-what-will-be", true),
        ] {
            let header = format!("{version}-{TRACE}-{SPAN}-{flags}{later}");
            let expected = Some((TRACE.to_owned(), SPAN.to_owned(), sampled));
            assert_eq!(read(&[&header]), expected, "{header}");
        }
    }

    #[test]
    fn a_malformed_header_is_as_none() {
        let zeros = "0".repeat(32);
        for header in [
            String::new(),
            "00".to_owned(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("01-{TRACE}-{SPAN}-01more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{}-01", SPAN.to_uppercase()),
            format!("00-{TRACE}-{SPAN}-0A"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &zeros[..16]),
            format!("00-{TRACE}{SPAN}--01-"),
            format!("00-+{}-{SPAN}-01", &TRACE[1..]),
            format!("00_{TRACE}_{SPAN}_01"),
            format!("00-{}-{SPAN}0-01", &TRACE[1..]),
            format!("00-{TRACE}-{SPAN}-zz"),
        ] {
            assert_eq!(read(&[&header]), None, "{header}");
        }
        let valid = format!("00-{TRACE}-{SPAN}-01");
        assert_eq!(read(&[&valid, &valid]), None, "it is sent twice");
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn a_header_that_is_no_text_is_as_none() {
        let mut headers = HeaderMap::new();
        let value = [b"00-".as_slice(), &[0xe4; 52]].concat();
        headers.insert(TRACEPARENT, HeaderValue::from_bytes(&value).unwrap());
        assert_eq!(remote_parent(&headers), None);
    }

    #[test]
    fn the_caller_s_state_goes_along_when_it_is_valid() {
        for (states, expected) in [
            (&["vendor=1,other=x"][..], "vendor=1,other=x"),
            (&["vendor=1", "other=x"], "vendor=1,other=x"),
            (&["vendor=1", "other"], ""),
            (&["Vendor=1"], ""),
            (&["vendor=1", "other=\u{e4}"], ""),
            (&[], ""),
        ] {
            let mut headers = HeaderMap::new();
            let parent = format!("00-{TRACE}-{SPAN}-01");
            headers.insert(TRACEPARENT, HeaderValue::from_str(&parent).unwrap());
            for state in states {
                headers.append(TRACESTATE, HeaderValue::from_str(state).unwrap());
            }
            let span = remote_parent(&headers).unwrap();
            assert_eq!(span.trace_state().header(), expected, "{states:?}");
        }
    }
}
