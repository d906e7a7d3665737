use std::borrow::Cow;
use std::fmt;

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Diagnosis {
    /// How bad it is.
    pub(super) verdict: Verdict,
    /// What was checked.
    subject: Cow<'static, str>,
    /// What was found. One line.
    finding: String,
    /// What to do about it. One line.
    advice: Option<Cow<'static, str>>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing to do.
    Ok,
    /// It works, and should be looked at.
    Warning,
    /// It does not work.
    Failed,
}

impl Diagnosis {
    pub(super) fn ok(subject: impl Into<Cow<'static, str>>, finding: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Ok,
            subject: subject.into(),
            finding: finding.into(),
            advice: None,
        }
    }

    pub(super) fn warning(
        subject: impl Into<Cow<'static, str>>,
        finding: impl Into<String>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            verdict: Verdict::Warning,
            advice: Some(advice.into()),
            ..Self::ok(subject, finding)
        }
    }

    pub(super) fn failed(
        subject: impl Into<Cow<'static, str>>,
        finding: impl Into<String>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            verdict: Verdict::Failed,
            ..Self::warning(subject, finding, advice)
        }
    }
}

/// A line, and one with the advice below it.
impl fmt::Display for Diagnosis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
        };
        let finding = self.finding.replace('\n', "; ");
        writeln!(formatter, "{verdict:<8} {}: {finding}", self.subject)?;
        match &self.advice {
            Some(advice) => writeln!(formatter, "{:<8} -> {advice}", ""),
            None => Ok(()),
        }
    }
}
