//! Where a list goes on, for lists whose rows are found by their number.

use super::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

/// Rows of one page, if no number is given.
const PAGE: i64 = 50;
/// Rows of one page at most.
const PAGE_MAX: i64 = 200;

/// How many rows of a page are asked for: the same rule for every list.
pub(super) fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    let limit = asked.unwrap_or(PAGE);
    match (1..=PAGE_MAX).contains(&limit) {
        true => Ok(limit),
        false => Err(Problem::invalid("limit: 1 to 200.")),
    }
}

/// Where a list goes on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Only those before this one.
    before: Option<String>,
    /// How many at most: 1 to 200.
    limit: Option<i64>,
    /// Calls: `failed`. Notices: open, delivered, failed or unconfirmed.
    pub(super) state: Option<String>,
}

impl PageQuery {
    pub(super) fn limit(&self) -> Result<i64, Problem> {
        limit(self.limit)
    }

    pub(super) fn before(&self) -> Result<Option<i64>, Problem> {
        let parsed = self.before.as_deref().map(str::parse).transpose();
        parsed.map_err(|_| Problem::invalid("before: a number from a list."))
    }
}
