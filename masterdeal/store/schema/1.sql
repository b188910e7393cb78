-- Schema 1 of the event store on SQLite. Instants are microseconds since 1970-01-01T00:00Z.
create table event (
    position integer primary key,
    source   text not null,
    id       text not null,
    type     text not null,
    deal_id  text not null,
    time     integer not null,
    received integer not null,
    marked   integer not null,
    known    integer not null,
    body     text not null
) strict;
create unique index event_key on event (source, id);
create index event_deal on event (deal_id);
create index event_unknown on event (type) where known = 0;

create table deal (
    deal_id     text not null primary key,
    state       blob not null,
    announced   blob not null,
    alarm       integer,
    updated     integer not null,
    stage       text not null,
    step        integer,
    industry    text,
    client_type text,
    budget      integer,
    manager     text,
    sla         text not null,
    search      text not null
) strict;
create index deal_alarm on deal (alarm, deal_id) where alarm is not null;
create index deal_stage on deal (stage, deal_id);

create table outbox (
    position integer primary key,
    deal_id  text not null,
    sequence integer not null,
    id       text not null,
    type     text not null,
    time     integer not null,
    body     blob not null
) strict;
create unique index outbox_deal on outbox (deal_id, sequence);

create table cursor (
    name     text primary key,
    position integer not null
) strict, without rowid;

create table ref (
    system  text not null,
    ref     text not null,
    deal_id text not null,
    primary key (system, ref)
) strict, without rowid;

create index ref_name on ref (ref);

create table parked (
    number   integer primary key,
    source   text not null,
    id       text not null,
    system   text not null,
    ref      text not null,
    received integer not null,
    body     text not null,
    unique (source, id)
) strict;
create index parked_ref on parked (system, ref);

create table dead_letter (
    number   integer primary key,
    source   text,
    id       text,
    type     text,
    reason   text not null,
    detail   text not null,
    body     text not null,
    digest   text not null,
    received integer not null,
    times    integer not null,
    state    text not null,
    unique (digest)
) strict;
