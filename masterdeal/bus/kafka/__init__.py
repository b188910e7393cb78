"""Apache Kafka: domain events in, canonical events out."""
