-- Schema 3: tasks of the escalation. `climbs` is when a task goes one rung up.
create table task (
    id              text collate "C" primary key,
    kind            text not null,
    deal_id         text collate "C" not null,
    timer           text not null,
    due             bigint not null,
    opened          bigint not null,
    rung            integer not null,
    climbs          bigint,
    state           text not null,
    acknowledged    bigint,
    acknowledged_by text,
    closed          bigint,
    closed_because  text
);
create index task_deal on task (deal_id, timer);
create index task_climbs on task (climbs) where climbs is not null;
create index task_state on task (state, kind, id);
