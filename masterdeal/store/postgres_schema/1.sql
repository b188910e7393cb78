-- Schema 1 of the event store on PostgreSQL. Instants are microseconds since 1970-01-01T00:00Z.
-- A position is the writing transaction's number times 2^20 plus a count within it: readers that stop below the
-- oldest running transaction see every row before their place, however late it was committed.
-- Text is compared bytewise, so that paging by id follows one order everywhere.
create table event (
    position bigint primary key,
    source   text collate "C" not null,
    id       text collate "C" not null,
    type     text collate "C" not null,
    deal_id  text collate "C" not null,
    time     bigint not null,
    received bigint not null,
    marked   smallint not null,
    known    smallint not null,
    body     text not null,
    unique (source, id)
);
create index event_deal on event (deal_id);
create index event_unknown on event (type) where known = 0;

create table deal (
    deal_id     text collate "C" primary key,
    state       bytea not null,
    announced   bytea not null,
    alarm       bigint,
    updated     bigint not null,
    stage       text not null,
    step        integer,
    industry    text,
    client_type text,
    budget      bigint,
    manager     text,
    sla         text not null,
    search      text not null
) with (fillfactor = 85);
create index deal_alarm on deal (alarm, deal_id) where alarm is not null;
create index deal_stage on deal (stage, deal_id);

create table outbox (
    position bigint primary key,
    deal_id  text collate "C" not null,
    sequence integer not null,
    id       text not null,
    type     text not null,
    time     bigint not null,
    body     bytea not null,
    unique (deal_id, sequence)
);

create table cursor (
    name     text primary key,
    position bigint not null
);

create table ref (
    system  text collate "C" not null,
    ref     text collate "C" not null,
    deal_id text collate "C" not null,
    primary key (system, ref)
);
create index ref_name on ref (ref);

create table parked (
    number   bigint generated always as identity primary key,
    source   text collate "C" not null,
    id       text collate "C" not null,
    system   text collate "C" not null,
    ref      text collate "C" not null,
    received bigint not null,
    body     text not null,
    unique (source, id)
);
create index parked_ref on parked (system, ref);

create table dead_letter (
    number   bigint generated always as identity primary key,
    source   text,
    id       text,
    type     text,
    reason   text not null,
    detail   text not null,
    body     text not null,
    digest   text not null unique,
    received bigint not null,
    times    bigint not null,
    state    text not null
);

create table judged (
    "only"  integer primary key check ("only" = 1),
    edition text not null
);

create function instr(text, text) returns integer language sql immutable parallel safe as 'select strpos($1, $2)';

alter table deal set (autovacuum_vacuum_scale_factor = 0.01);
