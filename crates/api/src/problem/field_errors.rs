use super::FieldError;

/// The most fields that a problem lists.
pub(super) const MAX_ERRORS: usize = 100;

/// What is wrong with a request: the first 100 fields, and how many there are. A body can be wrong in
/// hundreds of thousands of places, which would take more memory than the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors {
    listed: Vec<FieldError>,
    count: usize,
}

impl FieldErrors {
    /// Adds a field.
    pub fn push(&mut self, error: FieldError) {
        self.append(Self::from(vec![error]));
    }

    /// Adds what was found elsewhere.
    pub fn append(&mut self, others: Self) {
        let room = MAX_ERRORS.saturating_sub(self.listed.len());
        self.listed.extend(others.listed.into_iter().take(room));
        self.count += others.count;
    }

    /// The first fields.
    #[must_use]
    pub fn listed(&self) -> &[FieldError] {
        &self.listed
    }

    /// The first fields.
    #[must_use]
    pub fn into_listed(self) -> Vec<FieldError> {
        self.listed
    }

    /// How many fields there are in all.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl From<Vec<FieldError>> for FieldErrors {
    fn from(mut errors: Vec<FieldError>) -> Self {
        let count = errors.len();
        errors.truncate(MAX_ERRORS);
        Self {
            listed: errors,
            count,
        }
    }
}

#[cfg(test)]
mod tests {
    use tasklane_domain::error::Violation;

    use super::*;

    #[test]
    fn a_hundred_fields_are_kept_and_all_are_counted() {
        let mut errors = FieldErrors::default();
        assert!(errors.is_empty());
        for number in 0..250 {
            errors.push(FieldError::pointer(
                format!("/{number}"),
                Violation::required(),
            ));
        }
        let mut all = FieldErrors::default();
        all.append(errors.clone());
        all.append(errors);
        assert_eq!((all.listed().len(), all.count()), (MAX_ERRORS, 500));
        let last = FieldError::pointer("/99", Violation::required());
        assert_eq!(all.listed().last(), Some(&last));
    }
}
