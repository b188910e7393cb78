-- Schema 4: proposals that wait for a person, and the audit trail: a chain of hashes with its head kept apart.
create table proposal (
    id            text collate "C" primary key,
    kind          text not null,
    deal_id       text,
    content       text not null,
    hash          text not null,
    created       bigint not null,
    thread_id     text,
    "by"          text not null,
    state         text not null,
    decided_by    text,
    decided_at    bigint,
    comment       text,
    supersedes    text,
    superseded_by text,
    effect        text
);
create index proposal_state on proposal (state, created, id);
create index proposal_created on proposal (created, id);
create table audit (
    position bigint primary key,
    time     bigint not null,
    body     text not null,
    hash     text not null
);
create table audit_head (
    "only"   bigint primary key check ("only" = 1),
    position bigint not null,
    hash     text not null
);
