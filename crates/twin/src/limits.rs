//! Every bound of the twin in one place. A twin that is left running for weeks, or that a load
//! test hammers, must not grow without end; what falls over a bound is counted, not hidden.

/// Accounts (provider instances) that one persona keeps.
pub const ACCOUNTS_MAX: usize = 1_000;
/// Phones with a state of their own.
pub const PHONES_MAX: usize = 200_000;
/// Bubbles kept for all phones together; the oldest goes first.
pub const BUBBLES_MAX: usize = 200_000;
/// Bubbles kept for one phone; the oldest goes first.
pub const BUBBLES_PER_PHONE_MAX: usize = 20_000;
/// Bubbles that a handset page shows at most, the newest ones.
pub const HANDSET_BUBBLES_MAX: usize = 500;
/// Entries of one account's journal.
pub const JOURNAL_MAX: usize = 20_000;
/// Messages waiting in one account's send queue.
pub const SEND_QUEUE_MAX: usize = 50_000;
/// Webhooks waiting for one account.
pub const WEBHOOK_QUEUE_MAX: usize = 100_000;
/// Webhooks of one queue looked at for one that may be posted out of order.
pub const HOOKS_LOOKED_AT_MAX: usize = 1_000;
/// Single requests of personas that wait.
pub const CALLS_MAX: usize = 1_000;
/// Bytes of the answer to a webhook that are looked at.
pub const HOOK_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Ids of people, groups and dialogs.
pub const IDENTITIES_MAX: usize = 1_000_000;
/// Customers and accounts that have to do with each other.
pub const CONTACTS_MAX: usize = 1_000_000;
/// Group chats.
pub const GROUPS_MAX: usize = 1_000;
/// Members of one group.
pub const GROUP_MEMBERS_MAX: usize = 200;
/// Fields or files of one form.
pub const FORM_PARTS_MAX: usize = 200;
/// Characters of what a customer writes.
pub const REPLY_CHARS_MAX: usize = 20_000;
/// Characters of a reaction.
pub const REACTION_CHARS_MAX: usize = 16;
/// Reactions to one bubble.
pub const REACTIONS_MAX: usize = 100;
/// Things planned for later; receipts that would exceed it go out at once instead.
pub const AGENDA_MAX: usize = 1_000_000;
/// Planned things done in one turn; the rest stay due.
pub const TURN_DEEDS_MAX: usize = 2_000;
/// Different faults set at once.
pub const FAULTS_MAX: usize = 100;
/// Sinks, and entries that one sink keeps.
pub const SINKS_MAX: usize = 200;
/// Entries of one sink; the oldest goes first.
pub const SINK_ENTRIES_MAX: usize = 20_000;
/// Mails kept; the oldest goes first.
pub const MAILS_MAX: usize = 2_000;
/// Mails shown on the page.
pub const MAILS_SHOWN_MAX: usize = 200;
/// Clients of the mail server at once.
pub const MAIL_CONNECTIONS_MAX: usize = 64;
/// Longest line of a mail client, bytes.
pub const MAIL_LINE_BYTES_MAX: u64 = 4_096;
/// Largest mail, bytes.
pub const MAIL_BYTES_MAX: u64 = 1024 * 1024;
/// Recipients of one mail.
pub const MAIL_RECIPIENTS_MAX: usize = 100;
/// Bytes of uploaded files kept; the oldest goes first.
pub const FILES_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Bytes of one request of any kind (an upload is the largest).
pub const BODY_BYTES_MAX: usize = 101 * 1024 * 1024;
/// Characters of a name in a path: phone, sink, account.
pub const NAME_CHARS_MAX: usize = 64;
/// Connections that the shell serves at once.
pub const CONNECTIONS_MAX: usize = 4_096;
/// Buckets of one account's limits of calls.
pub const BUCKETS_MAX: usize = 50_000;
/// Files that one account has an id for; the oldest goes first.
pub const FILE_IDS_MAX: usize = 20_000;
/// Presses of buttons of one account that can still be answered; the oldest goes first.
pub const PRESSES_MAX: usize = 1_000;
/// Webhook addresses of one account.
pub const RECEIVERS_MAX: usize = 10;
