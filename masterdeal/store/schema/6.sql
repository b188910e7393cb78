-- Schema 6: how far a task tracker outside follows the tasks. `next_try` is when it is to be told again.
create table delivery (
    task_id   text primary key,
    deal_id   text not null,
    tracker   text not null,
    remote    text,
    change    integer not null,
    sent      integer not null,
    shown     text,
    state     text not null,
    attempts  integer not null,
    uncertain integer not null,
    next_try  integer,
    leased    integer,
    since     integer,
    detail    text
) strict, without rowid;
create index delivery_due on delivery (next_try) where next_try is not null;
create index delivery_refused on delivery (task_id) where state = 'refused';
