-- Schema 4: tasks of the escalation. `climbs` is when a task goes one rung up.
create table task (
    id              text primary key,
    kind            text not null,
    deal_id         text not null,
    timer           text not null,
    due             integer not null,
    opened          integer not null,
    rung            integer not null,
    climbs          integer,
    state           text not null,
    acknowledged    integer,
    acknowledged_by text,
    closed          integer,
    closed_because  text
) strict, without rowid;
create index task_deal on task (deal_id, timer);
create index task_climbs on task (climbs) where climbs is not null;
create index task_state on task (state, kind, id);
