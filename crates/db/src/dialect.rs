//! One SQL text for two engines.
//!
//! A statement over a set of rows names its columns once:
//!
//! * `INSERT INTO t(a, b) @values(a bigint, b text)`
//! * `UPDATE t SET b = @r.b FROM @rows(a bigint, b text) WHERE t.a = @r.a`
//! * `SELECT … FROM t, @rows(a bigint) WHERE t.a = @r.a`
//! * `DELETE FROM t USING @rows(a bigint) WHERE t.a = @r.a`
//!
//! On PostgreSQL the set becomes `UNNEST($1::bigint[], …)`, one round trip for all rows. On SQLite
//! the clause goes away, `@r.a` becomes a parameter, and the prepared statement runs once per row:
//! nothing is faster there.
//!
//! In migrations `BYTES` is the engine's type for bytes, `@clustered` makes SQLite keep the table in
//! the order of its primary key, and `@id` is a primary key of one number that is the row's own
//! address: SQLite would keep a second tree for any other.

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A column of a set: name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// `bigint`, `text` or `bytes`.
    pub kind: &'a str,
}

impl Dialect {
    /// A set statement in this engine's words, and the columns of its set.
    ///
    /// # Panics
    /// If the text has no set: a bug.
    #[must_use]
    pub fn set<'a>(self, sql: &'a str) -> (String, Vec<Column<'a>>) {
        let (mark, is_values) = match (sql.find("@values("), sql.find("@rows(")) {
            (Some(at), _) => (at, true),
            (None, Some(at)) => (at, false),
            (None, None) => panic!("a set statement names its set: {sql}"),
        };
        let open = mark + sql[mark..].find('(').unwrap_or(0);
        let close = open + sql[open..].find(')').unwrap_or(0);
        let columns: Vec<Column<'a>> = sql[open + 1..close]
            .split(',')
            .filter_map(|c| {
                let mut words = c.split_whitespace();
                Some(Column { name: words.next()?, kind: words.next()? })
            })
            .collect();
        let (head, tail) = (&sql[..mark], &sql[close + 1..]);
        let text = match self {
            Self::Sqlite => sqlite(head, tail, is_values, &columns),
            Self::Postgres => postgres(head, tail, is_values, &columns),
        };
        (text, columns)
    }

    /// A migration in this engine's words.
    #[must_use]
    pub fn ddl(self, sql: &str) -> String {
        let (bytes, clustered, id) = match self {
            Self::Sqlite => ("BLOB", " WITHOUT ROWID", "INTEGER NOT NULL PRIMARY KEY"),
            Self::Postgres => ("BYTEA", "", "BIGINT NOT NULL PRIMARY KEY"),
        };
        sql.replace("BYTES", bytes).replace(" @clustered", clustered).replace("@id", id)
    }
}

fn sqlite(head: &str, tail: &str, is_values: bool, columns: &[Column<'_>]) -> String {
    if is_values {
        let params: Vec<String> = (1..=columns.len()).map(|i| format!("${i}")).collect();
        return format!("{head}VALUES ({}){tail}", params.join(", "));
    }
    let head = head.trim_end();
    let head =
        ["FROM", "USING", ","].iter().find_map(|word| head.strip_suffix(word)).unwrap_or(head);
    with_names(&format!("{head} {}", tail.trim_start()), columns, |i, _| format!("${}", i + 1))
}

fn postgres(head: &str, tail: &str, is_values: bool, columns: &[Column<'_>]) -> String {
    let array = |(i, c): (usize, &Column<'_>)| {
        let kind = if c.kind == "bytes" { "bytea" } else { c.kind };
        format!("${}::{kind}[]", i + 1)
    };
    let arrays: Vec<String> = columns.iter().enumerate().map(array).collect();
    let arrays = arrays.join(", ");
    if is_values {
        return format!("{head}SELECT * FROM UNNEST({arrays}) AS r{tail}");
    }
    let names: Vec<&str> = columns.iter().map(|c| c.name).collect();
    let text = format!("{head}UNNEST({arrays}) AS r({}){tail}", names.join(", "));
    with_names(&text, columns, |_, c| format!("r.{}", c.name))
}

/// Replaces every `@r.name`, longest names first, so that no name is eaten by a shorter one.
fn with_names(
    text: &str,
    columns: &[Column<'_>],
    replace: impl Fn(usize, &Column<'_>) -> String,
) -> String {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(columns[*i].name.len()));
    let mut out = text.to_owned();
    for i in order {
        out = out.replace(&format!("@r.{}", columns[i].name), &replace(i, &columns[i]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(sql: &str) -> [String; 2] {
        [Dialect::Sqlite.set(sql).0, Dialect::Postgres.set(sql).0]
    }

    #[test]
    fn inserts() {
        assert_eq!(
            both("INSERT INTO t(a, b) @values(a bigint, b bytes) ON CONFLICT DO NOTHING"),
            [
                "INSERT INTO t(a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                "INSERT INTO t(a, b) SELECT * FROM UNNEST($1::bigint[], $2::bytea[]) AS r \
                 ON CONFLICT DO NOTHING",
            ]
        );
    }

    #[test]
    fn tables() {
        let sql = "CREATE TABLE t(id @id, raw BYTES); CREATE TABLE u(n BIGINT) @clustered";
        let both = [Dialect::Sqlite.ddl(sql), Dialect::Postgres.ddl(sql)];
        assert_eq!(
            both,
            [
                "CREATE TABLE t(id INTEGER NOT NULL PRIMARY KEY, raw BLOB); \
                 CREATE TABLE u(n BIGINT) WITHOUT ROWID",
                "CREATE TABLE t(id BIGINT NOT NULL PRIMARY KEY, raw BYTEA); \
                 CREATE TABLE u(n BIGINT)",
            ]
        );
    }

    #[test]
    fn updates_deletes_selects() {
        assert_eq!(
            both("UPDATE t SET b = @r.b FROM @rows(a bigint, b text) WHERE t.a = @r.a"),
            [
                "UPDATE t SET b = $2  WHERE t.a = $1",
                "UPDATE t SET b = r.b FROM UNNEST($1::bigint[], $2::text[]) AS r(a, b) \
                 WHERE t.a = r.a",
            ]
        );
        assert_eq!(
            both("DELETE FROM t USING @rows(a bigint) WHERE t.a = @r.a")[0],
            "DELETE FROM t  WHERE t.a = $1"
        );
        assert_eq!(
            both("SELECT t.b FROM t, @rows(id bigint, id_long bigint) WHERE @r.id_long = @r.id")[0],
            "SELECT t.b FROM t WHERE $2 = $1"
        );
    }
}
