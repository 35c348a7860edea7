{{- define "spatialvortex.image" -}}
{{- .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end -}}
{{- end }}

{{- define "spatialvortex.literal" -}}
{{- if regexMatch "\\$[$(]" . }}{{ replace "$" "$$" . }}{{ else }}{{ . }}{{ end -}}
{{- end }}

{{- define "spatialvortex.quantity" -}}
{{- $text := (toJson .given | trimAll "\"") -}}
{{- $suffix := regexFind "[A-Za-z]*$" $text -}}
{{- $number := trimSuffix $suffix $text -}}
{{- $unit := int64 (get .units $suffix | default "1") -}}
{{- $thousandths := int64 0 -}}
{{- if and (hasKey .units $suffix) (regexMatch "^([0-9]{1,15}([.][0-9]{0,3})?|[.][0-9]{1,3})$" $number) -}}
{{- $decimals := printf "%s000" (regexFind "[.].*" $number | trimPrefix ".") | trunc 3 -}}
{{- $thousandths = int64 (regexReplaceAll "^0+" (print (regexFind "^[0-9]*" $number) $decimals) "") -}}
{{- end -}}
{{- if or (lt $thousandths 1) (gt $thousandths (div .most $unit)) -}}
{{- fail (printf "%s: expected %s, got %s" .at .forms $text) -}}
{{- end -}}
{{- mul $thousandths $unit -}}
{{- end }}

{{- define "spatialvortex.cpu" -}}
{{- include "spatialvortex.quantity" (merge . (dict "units" (dict "" "1000" "m" "1") "most" "1024000000" "forms" "cores (2, 1.5) or millicores (1500m), at most 3 decimals, above 0 and up to 1024")) -}}
{{- end }}

{{- define "spatialvortex.memory" -}}
{{- include "spatialvortex.quantity" (merge . (dict "units" (dict "" "1" "k" "1000" "M" "1000000" "G" "1000000000" "T" "1000000000000" "Ki" "1024" "Mi" "1048576" "Gi" "1073741824" "Ti" "1099511627776") "most" "35184372088832000" "forms" "bytes, or a number with k, M, G, T, Ki, Mi, Gi or Ti (35.5Gi), at most 3 decimals, above 0 and up to 32Ti")) -}}
{{- end }}

{{- define "spatialvortex.millis" -}}
{{- $group := ternary "limits" "requests" (hasKey .given.limits "cpu") -}}
{{- $given := index .given $group -}}
{{- div (add (include "spatialvortex.cpu" (dict "at" (printf "%s.%s.cpu" .at $group) "given" $given.cpu) | int64) 999) 1000 -}}
{{- end }}

{{- define "spatialvortex.api.figures" -}}
{{- $service := index .Values.services "api" -}}
{{- $planned := index .Values.plan.services "api" -}}
{{- $cpuMillis := (include "spatialvortex.millis" (dict "at" "services.api.resources" "given" (index .Values "services" "api" "resources")) | int64) -}}
{{- $memoryMiB := (div (include "spatialvortex.memory" (dict "at" "services.api.resources.limits.memory" "given" (index .Values "services" "api" "resources" "limits" "memory")) | int64) 1048576000) -}}
{{- $cores := max 1 (div $cpuMillis 1000) -}}
{{- $headroomMiB := int64 (div $memoryMiB 10) -}}
{{- $reserveMiB := int64 128 -}}
{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}
{{- with $planned.availableMiB }}{{ $availableMiB = int64 . }}{{ end -}}
{{- $p_ACTIX_WORKERS := int64 (index $service.parameters "ACTIX_WORKERS") -}}
{{- $p_AUDIO_BUFFER_SIZE := int64 (index $service.parameters "AUDIO_BUFFER_SIZE") -}}
{{- $p_ONNX_POOL_SIZE := int64 (index $service.parameters "ONNX_POOL_SIZE") -}}
{{- $p_DB_POOL_SIZE := int64 (index $service.parameters "DB_POOL_SIZE") -}}
{{- $p_CACHE_SIZE_MB := int64 (index $service.parameters "CACHE_SIZE_MB") -}}
{{- $p_CACHE_TTL := int64 (index $service.parameters "CACHE_TTL") -}}
{{- $p_BATCH_SIZE := int64 (index $service.parameters "BATCH_SIZE") -}}
{{- $p_BATCH_TIMEOUT_MS := int64 (index $service.parameters "BATCH_TIMEOUT_MS") -}}
{{- $p_VOICE_THREADS := int64 (index $service.parameters "VOICE_THREADS") -}}
{{- $cost_ACTIX_WORKERS := int64 (mul $p_ACTIX_WORKERS 2) -}}
{{- $cost_ONNX_POOL_SIZE := int64 (mul $p_ONNX_POOL_SIZE 500) -}}
{{- $cost_DB_POOL_SIZE := int64 $p_DB_POOL_SIZE -}}
{{- $cost_CACHE_SIZE_MB := int64 $p_CACHE_SIZE_MB -}}
{{- $usedMiB := add 0 $cost_ACTIX_WORKERS $cost_ONNX_POOL_SIZE $cost_DB_POOL_SIZE $cost_CACHE_SIZE_MB -}}
{{- $ledger := printf "%d MiB available of a limit of %d MiB:" $availableMiB $memoryMiB -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_ACTIX_WORKERS "ACTIX_WORKERS" $p_ACTIX_WORKERS "ACTIX_WORKERS * 2" "assumed" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_ONNX_POOL_SIZE "ONNX_POOL_SIZE" $p_ONNX_POOL_SIZE "ONNX_POOL_SIZE * 500" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_DB_POOL_SIZE "DB_POOL_SIZE" $p_DB_POOL_SIZE "DB_POOL_SIZE" "assumed" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_CACHE_SIZE_MB "CACHE_SIZE_MB" $p_CACHE_SIZE_MB "CACHE_SIZE_MB" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  in all" $ledger $usedMiB -}}
{{- if lt $memoryMiB (int64 $planned.memoryMiB) -}}
{{- fail (printf "api: expected a memory limit of at least the planned %d MiB, got %d MiB; choose the values of smaller hardware, or make the plan again\n%s" (int64 $planned.memoryMiB) $memoryMiB $ledger) -}}
{{- end -}}
{{- if hasKey $service.resources.limits "cpu" }}{{ if gt (include "spatialvortex.cpu" (dict "at" "services.api.resources.requests.cpu" "given" (index .Values "services" "api" "resources" "requests" "cpu")) | int64) (include "spatialvortex.cpu" (dict "at" "services.api.resources.limits.cpu" "given" (index .Values "services" "api" "resources" "limits" "cpu")) | int64) -}}
{{- fail (printf "services.api.resources: expected requests.cpu of at most limits.cpu, got %s > %s" (toJson $service.resources.requests.cpu | trimAll "\"") (toJson $service.resources.limits.cpu | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- if hasKey $service.resources.limits "memory" }}{{ if gt (include "spatialvortex.memory" (dict "at" "services.api.resources.requests.memory" "given" (index .Values "services" "api" "resources" "requests" "memory")) | int64) (include "spatialvortex.memory" (dict "at" "services.api.resources.limits.memory" "given" (index .Values "services" "api" "resources" "limits" "memory")) | int64) -}}
{{- fail (printf "services.api.resources: expected requests.memory of at most limits.memory, got %s > %s" (toJson $service.resources.requests.memory | trimAll "\"") (toJson $service.resources.limits.memory | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- if and $service.autoscaling.enabled (gt (int64 $service.autoscaling.minReplicas) (int64 $service.autoscaling.maxReplicas)) -}}
{{- fail (printf "services.api.autoscaling: expected minReplicas of at most maxReplicas, got %d > %d" (int64 $service.autoscaling.minReplicas) (int64 $service.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- range $variable := $service.extraEnv -}}
{{- with get (dict "ACTIX_WORKERS" "parameters.ACTIX_WORKERS" "AUDIO_BUFFER_SIZE" "parameters.AUDIO_BUFFER_SIZE" "ONNX_POOL_SIZE" "parameters.ONNX_POOL_SIZE" "DB_POOL_SIZE" "parameters.DB_POOL_SIZE" "CACHE_SIZE_MB" "parameters.CACHE_SIZE_MB" "CACHE_TTL" "parameters.CACHE_TTL" "BATCH_SIZE" "parameters.BATCH_SIZE" "BATCH_TIMEOUT_MS" "parameters.BATCH_TIMEOUT_MS" "VOICE_THREADS" "parameters.VOICE_THREADS" "ACTIX_BACKLOG" "settings.ACTIX_BACKLOG" "ACTIX_KEEP_ALIVE" "settings.ACTIX_KEEP_ALIVE" "ACTIX_COMPRESS" "settings.ACTIX_COMPRESS" "ENABLE_SIMD" "settings.ENABLE_SIMD" "PREPARED_STATEMENTS" "settings.PREPARED_STATEMENTS" "ONNX_BATCH_SIZE" "settings.ONNX_BATCH_SIZE" "RUST_LOG" "settings.RUST_LOG") $variable.name -}}
{{- fail (printf "services.api.extraEnv: expected a variable that the chart does not set, got %s; it comes from services.api.%s" $variable.name .) -}}
{{- end }}{{ end -}}
{{- if gt $usedMiB $availableMiB -}}
{{- fail (printf "api: expected costs of at most %d MiB, got %d MiB; lower a parameter, or raise the memory limit\n%s" $availableMiB $usedMiB $ledger) -}}
{{- end -}}
{{- if gt (int64 (add (mul (int64 (index .Values "services" "api" "parameters" "DB_POOL_SIZE")) (add (ternary (int64 (index .Values "services" "api" "autoscaling" "maxReplicas")) (int64 (index .Values "services" "api" "replicaCount")) (index .Values "services" "api" "autoscaling" "enabled")) 0)) 8)) (int64 (int64 (index .Values "services" "postgres" "parameters" "max_connections"))) -}}
{{- fail (printf "expected %s; lower %s: %s; got %d > %d" "api.DB_POOL_SIZE * (api.replicas.max + api.replicas.surge) + 8 <= postgres.max_connections" "api.DB_POOL_SIZE" "every replica's pool can fill up; 3 connections stay with superusers, 5 with migrations, exporter and backup" (int64 (add (mul (int64 (index .Values "services" "api" "parameters" "DB_POOL_SIZE")) (add (ternary (int64 (index .Values "services" "api" "autoscaling" "maxReplicas")) (int64 (index .Values "services" "api" "replicaCount")) (index .Values "services" "api" "autoscaling" "enabled")) 0)) 8)) (int64 (int64 (index .Values "services" "postgres" "parameters" "max_connections")))) -}}
{{- end -}}
{{- $startupSeconds := int64 (add 60 (mul 5 $p_ONNX_POOL_SIZE)) -}}
{{- dict
      "startupSeconds" $startupSeconds
      "progressDeadlineSeconds" (max 600 (add $startupSeconds 360))
      "ledger" $ledger | toJson -}}
{{- end }}

{{- define "spatialvortex.api.variables" -}}
{{- $service := index .Values.services "api" -}}
{{- $planned := index .Values.plan.services "api" -}}
{{- list
      (list "ACTIX_WORKERS" (printf "%d" (int64 (index $service.parameters "ACTIX_WORKERS"))))
      (list "AUDIO_BUFFER_SIZE" (printf "%d" (int64 (index $service.parameters "AUDIO_BUFFER_SIZE"))))
      (list "ONNX_POOL_SIZE" (printf "%d" (int64 (index $service.parameters "ONNX_POOL_SIZE"))))
      (list "DB_POOL_SIZE" (printf "%d" (int64 (index $service.parameters "DB_POOL_SIZE"))))
      (list "CACHE_SIZE_MB" (printf "%d" (int64 (index $service.parameters "CACHE_SIZE_MB"))))
      (list "CACHE_TTL" (printf "%d" (int64 (index $service.parameters "CACHE_TTL"))))
      (list "BATCH_SIZE" (printf "%d" (int64 (index $service.parameters "BATCH_SIZE"))))
      (list "BATCH_TIMEOUT_MS" (printf "%d" (int64 (index $service.parameters "BATCH_TIMEOUT_MS"))))
      (list "VOICE_THREADS" (printf "%d" (int64 (index $service.parameters "VOICE_THREADS"))))
      (list "ACTIX_BACKLOG" (index $service.settings "ACTIX_BACKLOG"))
      (list "ACTIX_KEEP_ALIVE" (index $service.settings "ACTIX_KEEP_ALIVE"))
      (list "ACTIX_COMPRESS" (index $service.settings "ACTIX_COMPRESS"))
      (list "ENABLE_SIMD" (index $service.settings "ENABLE_SIMD"))
      (list "PREPARED_STATEMENTS" (index $service.settings "PREPARED_STATEMENTS"))
      (list "ONNX_BATCH_SIZE" (index $service.settings "ONNX_BATCH_SIZE"))
      (list "RUST_LOG" (index $service.settings "RUST_LOG"))
    | toRawJson -}}
{{- end }}

{{- define "spatialvortex.api.checksum" -}}
{{- include "spatialvortex.api.variables" . | sha256sum -}}
{{- end }}

{{- define "spatialvortex.postgres.figures" -}}
{{- $service := index .Values.services "postgres" -}}
{{- $planned := index .Values.plan.services "postgres" -}}
{{- $cpuMillis := (include "spatialvortex.millis" (dict "at" "services.postgres.resources" "given" (index .Values "services" "postgres" "resources")) | int64) -}}
{{- $memoryMiB := (div (include "spatialvortex.memory" (dict "at" "services.postgres.resources.limits.memory" "given" (index .Values "services" "postgres" "resources" "limits" "memory")) | int64) 1048576000) -}}
{{- $cores := max 1 (div $cpuMillis 1000) -}}
{{- $headroomMiB := int64 (div $memoryMiB 10) -}}
{{- $reserveMiB := int64 0 -}}
{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}
{{- with $planned.availableMiB }}{{ $availableMiB = int64 . }}{{ end -}}
{{- $p_shared_buffers := int64 (index $service.parameters "shared_buffers") -}}
{{- $p_effective_cache_size := int64 (index $service.parameters "effective_cache_size") -}}
{{- $p_maintenance_work_mem := int64 (index $service.parameters "maintenance_work_mem") -}}
{{- $p_autovacuum_work_mem := int64 (index $service.parameters "autovacuum_work_mem") -}}
{{- $p_wal_buffers := int64 (index $service.parameters "wal_buffers") -}}
{{- $p_max_connections := int64 (index $service.parameters "max_connections") -}}
{{- $p_max_worker_processes := int64 (index $service.parameters "max_worker_processes") -}}
{{- $p_max_parallel_workers := int64 (index $service.parameters "max_parallel_workers") -}}
{{- $p_max_parallel_workers_per_gather := int64 (index $service.parameters "max_parallel_workers_per_gather") -}}
{{- $p_work_mem := int64 (index $service.parameters "work_mem") -}}
{{- $cost_shared_buffers := int64 $p_shared_buffers -}}
{{- $cost_maintenance_work_mem := int64 $p_maintenance_work_mem -}}
{{- $cost_autovacuum_work_mem := int64 (mul 3 $p_autovacuum_work_mem) -}}
{{- $cost_wal_buffers := int64 $p_wal_buffers -}}
{{- $cost_max_connections := int64 (mul $p_max_connections 10) -}}
{{- $cost_work_mem := int64 (div (add (mul (mul (add $p_max_connections $p_max_parallel_workers) $p_work_mem) 2) (sub 1024 1)) 1024) -}}
{{- $usedMiB := add 0 $cost_shared_buffers $cost_maintenance_work_mem $cost_autovacuum_work_mem $cost_wal_buffers $cost_max_connections $cost_work_mem -}}
{{- $ledger := printf "%d MiB available of a limit of %d MiB:" $availableMiB $memoryMiB -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_shared_buffers "shared_buffers" $p_shared_buffers "shared_buffers" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_maintenance_work_mem "maintenance_work_mem" $p_maintenance_work_mem "maintenance_work_mem" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_autovacuum_work_mem "autovacuum_work_mem" $p_autovacuum_work_mem "3 * autovacuum_work_mem" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_wal_buffers "wal_buffers" $p_wal_buffers "wal_buffers" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_max_connections "max_connections" $p_max_connections "max_connections * 10" "assumed" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_work_mem "work_mem" $p_work_mem "ceilDiv((max_connections + max_parallel_workers) * work_mem * 2, 1024)" "assumed" -}}
{{- $ledger = printf "%s\n%12d MiB  in all" $ledger $usedMiB -}}
{{- if lt $memoryMiB (int64 $planned.memoryMiB) -}}
{{- fail (printf "postgres: expected a memory limit of at least the planned %d MiB, got %d MiB; choose the values of smaller hardware, or make the plan again\n%s" (int64 $planned.memoryMiB) $memoryMiB $ledger) -}}
{{- end -}}
{{- if hasKey $service.resources.limits "cpu" }}{{ if gt (include "spatialvortex.cpu" (dict "at" "services.postgres.resources.requests.cpu" "given" (index .Values "services" "postgres" "resources" "requests" "cpu")) | int64) (include "spatialvortex.cpu" (dict "at" "services.postgres.resources.limits.cpu" "given" (index .Values "services" "postgres" "resources" "limits" "cpu")) | int64) -}}
{{- fail (printf "services.postgres.resources: expected requests.cpu of at most limits.cpu, got %s > %s" (toJson $service.resources.requests.cpu | trimAll "\"") (toJson $service.resources.limits.cpu | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- if hasKey $service.resources.limits "memory" }}{{ if gt (include "spatialvortex.memory" (dict "at" "services.postgres.resources.requests.memory" "given" (index .Values "services" "postgres" "resources" "requests" "memory")) | int64) (include "spatialvortex.memory" (dict "at" "services.postgres.resources.limits.memory" "given" (index .Values "services" "postgres" "resources" "limits" "memory")) | int64) -}}
{{- fail (printf "services.postgres.resources: expected requests.memory of at most limits.memory, got %s > %s" (toJson $service.resources.requests.memory | trimAll "\"") (toJson $service.resources.limits.memory | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- range $variable := $service.extraEnv -}}
{{- with get (dict "PGDATA" "persistence" "POSTGRES_USER" "env.POSTGRES_USER" "POSTGRES_DB" "env.POSTGRES_DB") $variable.name -}}
{{- fail (printf "services.postgres.extraEnv: expected a variable that the chart does not set, got %s; it comes from services.postgres.%s" $variable.name .) -}}
{{- end }}{{ end -}}
{{- if gt $usedMiB $availableMiB -}}
{{- fail (printf "postgres: expected costs of at most %d MiB, got %d MiB; lower a parameter, or raise the memory limit\n%s" $availableMiB $usedMiB $ledger) -}}
{{- end -}}
{{- $startupSeconds := int64 1800 -}}
{{- dict
      "startupSeconds" $startupSeconds
      "progressDeadlineSeconds" (max 600 (add $startupSeconds 420))
      "sharedMemoryMiB" (max 256 (add (min $p_maintenance_work_mem 1024) (div (add (mul (mul 2 $p_work_mem) (add (add $p_max_parallel_workers (div $p_max_parallel_workers (max $p_max_parallel_workers_per_gather 1))) 1)) (sub 1024 1)) 1024)))
      "ledger" $ledger | toJson -}}
{{- end }}

{{- define "spatialvortex.redis.figures" -}}
{{- $service := index .Values.services "redis" -}}
{{- $planned := index .Values.plan.services "redis" -}}
{{- $cpuMillis := (include "spatialvortex.millis" (dict "at" "services.redis.resources" "given" (index .Values "services" "redis" "resources")) | int64) -}}
{{- $memoryMiB := (div (include "spatialvortex.memory" (dict "at" "services.redis.resources.limits.memory" "given" (index .Values "services" "redis" "resources" "limits" "memory")) | int64) 1048576000) -}}
{{- $cores := max 1 (div $cpuMillis 1000) -}}
{{- $headroomMiB := int64 (div $memoryMiB 4) -}}
{{- $reserveMiB := int64 0 -}}
{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}
{{- with $planned.availableMiB }}{{ $availableMiB = int64 . }}{{ end -}}
{{- $p_maxmemory := int64 (index $service.parameters "maxmemory") -}}
{{- $p_io_threads := int64 (index $service.parameters "io_threads") -}}
{{- $cost_maxmemory := int64 $p_maxmemory -}}
{{- $usedMiB := add 0 $cost_maxmemory -}}
{{- $ledger := printf "%d MiB available of a limit of %d MiB:" $availableMiB $memoryMiB -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_maxmemory "maxmemory" $p_maxmemory "maxmemory" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  in all" $ledger $usedMiB -}}
{{- if lt $memoryMiB (int64 $planned.memoryMiB) -}}
{{- fail (printf "redis: expected a memory limit of at least the planned %d MiB, got %d MiB; choose the values of smaller hardware, or make the plan again\n%s" (int64 $planned.memoryMiB) $memoryMiB $ledger) -}}
{{- end -}}
{{- if hasKey $service.resources.limits "cpu" }}{{ if gt (include "spatialvortex.cpu" (dict "at" "services.redis.resources.requests.cpu" "given" (index .Values "services" "redis" "resources" "requests" "cpu")) | int64) (include "spatialvortex.cpu" (dict "at" "services.redis.resources.limits.cpu" "given" (index .Values "services" "redis" "resources" "limits" "cpu")) | int64) -}}
{{- fail (printf "services.redis.resources: expected requests.cpu of at most limits.cpu, got %s > %s" (toJson $service.resources.requests.cpu | trimAll "\"") (toJson $service.resources.limits.cpu | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- if hasKey $service.resources.limits "memory" }}{{ if gt (include "spatialvortex.memory" (dict "at" "services.redis.resources.requests.memory" "given" (index .Values "services" "redis" "resources" "requests" "memory")) | int64) (include "spatialvortex.memory" (dict "at" "services.redis.resources.limits.memory" "given" (index .Values "services" "redis" "resources" "limits" "memory")) | int64) -}}
{{- fail (printf "services.redis.resources: expected requests.memory of at most limits.memory, got %s > %s" (toJson $service.resources.requests.memory | trimAll "\"") (toJson $service.resources.limits.memory | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- range $variable := $service.extraEnv -}}
{{- with get (dict ) $variable.name -}}
{{- fail (printf "services.redis.extraEnv: expected a variable that the chart does not set, got %s; it comes from services.redis.%s" $variable.name .) -}}
{{- end }}{{ end -}}
{{- if gt $usedMiB $availableMiB -}}
{{- fail (printf "redis: expected costs of at most %d MiB, got %d MiB; lower a parameter, or raise the memory limit\n%s" $availableMiB $usedMiB $ledger) -}}
{{- end -}}
{{- $startupSeconds := int64 1800 -}}
{{- dict
      "startupSeconds" $startupSeconds
      "progressDeadlineSeconds" (max 600 (add $startupSeconds 330))
      "ledger" $ledger | toJson -}}
{{- end }}
