module wireplan.local/engine/pause

go 1.25.0
