-- Schema 5: proposals that wait for a person, and the audit trail: a chain of hashes with its head kept apart.
create table proposal (
    id            text primary key,
    kind          text not null,
    deal_id       text,
    content       text not null,
    hash          text not null,
    created       integer not null,
    thread_id     text,
    "by"          text not null,
    state         text not null,
    decided_by    text,
    decided_at    integer,
    comment       text,
    supersedes    text,
    superseded_by text,
    effect        text
) strict, without rowid;
create index proposal_state on proposal (state, created, id);
create index proposal_created on proposal (created, id);
create table audit (
    position integer primary key,
    time     integer not null,
    body     text not null,
    hash     text not null
) strict;
create table audit_head (
    "only"   integer primary key check ("only" = 1),
    position integer not null,
    hash     text not null
) strict;
