-- Schema 3: what is kept beside the events: documents, leads and the like, as JSON under a kind and an id.
create table archive (
    kind    text not null,
    id      text not null,
    updated integer not null,
    body    text not null,
    primary key (kind, id)
) strict, without rowid;
