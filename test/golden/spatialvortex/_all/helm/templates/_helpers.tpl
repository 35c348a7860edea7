{{- define "spatialvortex.image" -}}
{{- .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end -}}
{{- end }}

{{- define "spatialvortex.replicas" -}}
{{- $live := lookup "apps/v1" .kind .namespace .name }}{{ $own := false }}{{ $applied := false -}}
{{- range dig "metadata" "managedFields" list $live }}{{ if not (hasKey . "subresource") -}}
{{- $own = or $own (hasKey (dig "fieldsV1" "f:spec" dict .) "f:replicas") -}}
{{- $applied = or $applied (eq .operation "Apply") -}}
{{- end }}{{ end -}}
{{- if and $live (or $own (not $applied)) }}{{ int64 $live.spec.replicas }}{{ end -}}
{{- end }}

{{- define "spatialvortex.literal" -}}
{{- if regexMatch "\\$[$(]" . }}{{ replace "$" "$$" . }}{{ else }}{{ . }}{{ end -}}
{{- end }}

{{- define "spatialvortex.yaml" -}}
{{- $json := toJson . -}}
{{- if regexMatch "[\\x{0}-\\x{1f}\\x{7f}-\\x{9f}\\x{2028}-\\x{2029}\\x{feff}\\x{fffe}-\\x{ffff}]|\\\\u202[89]" $json -}}
{{- range (concat (untilStep 127 160 1) (list 65279 65534 65535)) }}{{ $json = replace (printf "%c" .) (printf "\\u%04x" .) $json }}{{ end -}}
{{- $json -}}
{{- else }}{{ toYaml . }}{{ end -}}
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

{{- define "spatialvortex.fits" -}}
{{- $budget := include .budget . | fromJson -}}
{{- if le (int64 $budget.usedMiB) (int64 $budget.availableMiB) }}fits{{ end -}}
{{- end }}

{{- define "spatialvortex.greatest" -}}
{{- $given := . }}{{ $grid := int64 .grid -}}
{{- $lo := int64 (first (index (include .budget . | fromJson).bounds .name)) -}}
{{- $steps := div (sub (int64 (index .parameters .name)) $lo) $grid -}}
{{- $low := int64 (-1) }}{{ $high := int64 $steps -}}
{{- range until 54 }}{{ if lt $low $high -}}
{{- $middle := (div (add $low $high 1) 2) -}}
{{- if include "spatialvortex.fits" (set (omit $given "parameters") "parameters" (set (omit $given.parameters $given.name) $given.name (add $lo (mul $middle $grid)))) }}{{ $low = $middle }}{{ else }}{{ $high = sub $middle 1 }}{{ end -}}
{{- end }}{{ end -}}
{{- if ge $low 0 }}{{ add $lo (mul $low $grid) }}{{ end -}}
{{- end }}

{{- define "spatialvortex.enough" -}}
{{- $given := . -}}
{{- $low := (int64 .memoryMiB) }}{{ $high := int64 33554433 -}}
{{- range until 54 }}{{ if lt $low $high -}}
{{- $middle := (div (add $low $high) 2) -}}
{{- if include "spatialvortex.fits" (set (omit $given "memoryMiB") "memoryMiB" $middle) }}{{ $high = $middle }}{{ else }}{{ $low = add $middle 1 }}{{ end -}}
{{- end }}{{ end -}}
{{- if le $low 33554432 }}{{ $low }}{{ end -}}
{{- end }}

{{- define "spatialvortex.remedies" -}}
{{- $given := . }}{{ $remedies := list -}}
{{- range .yields -}}
{{- $name := .name -}}
{{- with include "spatialvortex.greatest" (merge (dict "name" .name "grid" .grid) $given) -}}
{{- $remedies = append $remedies (printf "%s.parameters.%s to %s" $given.at $name .) -}}
{{- end -}}
{{- end -}}
{{- $lower := join " or " $remedies -}}
{{- $raise := "" -}}
{{- if not (hasKey . "availableMiB") -}}
{{- with include "spatialvortex.enough" . }}{{ $raise = printf "%s.resources.limits.memory to %sMi" $given.at . }}{{ end -}}
{{- else if le (int64 (include .budget . | fromJson).usedMiB) (int64 .memoryMiB) -}}
{{- $raise = printf "%s.availableMiB to %d" .at (int64 (include .budget . | fromJson).usedMiB) -}}
{{- end -}}
{{- if $lower }}lower {{ $lower }}{{ if $raise }}, or {{ end }}{{ end }}{{ if $raise }}raise {{ $raise }}{{ end -}}
{{- if not (or $lower $raise) }}lower its parameters and raise its memory limit{{ end -}}
{{- end }}

{{- define "spatialvortex.api.budget" -}}
{{- $given := . -}}
{{- $cpuMillis := int64 $given.cpuMillis -}}
{{- $memoryMiB := int64 $given.memoryMiB -}}
{{- $cores := max 1 (div $cpuMillis 1000) -}}
{{- $headroomMiB := int64 (div $memoryMiB 10) -}}
{{- $reserveMiB := int64 128 -}}
{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}
{{- if hasKey $given "availableMiB" }}{{ $availableMiB = int64 $given.availableMiB }}{{ end -}}
{{- $p_ACTIX_WORKERS := int64 (index $given.parameters "ACTIX_WORKERS") -}}
{{- $p_AUDIO_BUFFER_SIZE := int64 (index $given.parameters "AUDIO_BUFFER_SIZE") -}}
{{- $p_ONNX_POOL_SIZE := int64 (index $given.parameters "ONNX_POOL_SIZE") -}}
{{- $p_DB_POOL_SIZE := int64 (index $given.parameters "DB_POOL_SIZE") -}}
{{- $p_CACHE_SIZE_MB := int64 (index $given.parameters "CACHE_SIZE_MB") -}}
{{- $p_CACHE_TTL := int64 (index $given.parameters "CACHE_TTL") -}}
{{- $p_BATCH_SIZE := int64 (index $given.parameters "BATCH_SIZE") -}}
{{- $p_BATCH_TIMEOUT_MS := int64 (index $given.parameters "BATCH_TIMEOUT_MS") -}}
{{- $p_VOICE_THREADS := int64 (index $given.parameters "VOICE_THREADS") -}}
{{- $p_ORT_INTRA_OP_NUM_THREADS := int64 (index $given.parameters "ORT_INTRA_OP_NUM_THREADS") -}}
{{- $costs := dict "ACTIX_WORKERS" (int64 (mul $p_ACTIX_WORKERS 2)) "ONNX_POOL_SIZE" (int64 (mul $p_ONNX_POOL_SIZE 500)) "DB_POOL_SIZE" (int64 $p_DB_POOL_SIZE) "CACHE_SIZE_MB" (int64 $p_CACHE_SIZE_MB) -}}
{{- $usedMiB := int64 0 }}{{ range $costs }}{{ $usedMiB = add $usedMiB . }}{{ end -}}
{{- $bounds := dict "ACTIX_WORKERS" (list (int64 4) (int64 64)) "AUDIO_BUFFER_SIZE" (list (int64 2048) (int64 4096)) "ONNX_POOL_SIZE" (list (int64 4) (int64 4096)) "DB_POOL_SIZE" (list (int64 8) (int64 128)) "CACHE_SIZE_MB" (list (int64 128) (int64 1048576)) "CACHE_TTL" (list (int64 300) (int64 1800)) "BATCH_SIZE" (list (int64 500) (int64 2000)) "BATCH_TIMEOUT_MS" (list (int64 25) (int64 50)) "VOICE_THREADS" (list (int64 1) (int64 8)) "ORT_INTRA_OP_NUM_THREADS" (list (int64 1) (int64 256)) -}}
{{- dict "availableMiB" $availableMiB "usedMiB" $usedMiB "costs" $costs "bounds" $bounds | toJson -}}
{{- end }}

{{- define "spatialvortex.api.figures" -}}
{{- $service := index .Values.services "api" -}}
{{- $planned := index .Values.plan.services "api" -}}
{{- $given := dict "budget" "spatialvortex.api.budget" "parameters" $service.parameters -}}
{{- $_ := set $given "cpuMillis" (include "spatialvortex.millis" (dict "at" "services.api.resources" "given" (index .Values "services" "api" "resources")) | int64) -}}
{{- $_ := set $given "memoryMiB" (div (include "spatialvortex.memory" (dict "at" "services.api.resources.limits.memory" "given" (index .Values "services" "api" "resources" "limits" "memory")) | int64) 1048576000) -}}
{{- if hasKey $service "availableMiB" }}{{ $_ := set $given "availableMiB" $service.availableMiB }}{{ end -}}
{{- $cpuMillis := int64 $given.cpuMillis -}}
{{- $memoryMiB := int64 $given.memoryMiB -}}
{{- $cores := max 1 (div $cpuMillis 1000) -}}
{{- $headroomMiB := int64 (div $memoryMiB 10) -}}
{{- $reserveMiB := int64 128 -}}
{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}
{{- if hasKey $given "availableMiB" }}{{ $availableMiB = int64 $given.availableMiB }}{{ end -}}
{{- $p_ACTIX_WORKERS := int64 (index $given.parameters "ACTIX_WORKERS") -}}
{{- $p_AUDIO_BUFFER_SIZE := int64 (index $given.parameters "AUDIO_BUFFER_SIZE") -}}
{{- $p_ONNX_POOL_SIZE := int64 (index $given.parameters "ONNX_POOL_SIZE") -}}
{{- $p_DB_POOL_SIZE := int64 (index $given.parameters "DB_POOL_SIZE") -}}
{{- $p_CACHE_SIZE_MB := int64 (index $given.parameters "CACHE_SIZE_MB") -}}
{{- $p_CACHE_TTL := int64 (index $given.parameters "CACHE_TTL") -}}
{{- $p_BATCH_SIZE := int64 (index $given.parameters "BATCH_SIZE") -}}
{{- $p_BATCH_TIMEOUT_MS := int64 (index $given.parameters "BATCH_TIMEOUT_MS") -}}
{{- $p_VOICE_THREADS := int64 (index $given.parameters "VOICE_THREADS") -}}
{{- $p_ORT_INTRA_OP_NUM_THREADS := int64 (index $given.parameters "ORT_INTRA_OP_NUM_THREADS") -}}
{{- if hasKey $service.resources.limits "cpu" }}{{ if gt (include "spatialvortex.cpu" (dict "at" "services.api.resources.requests.cpu" "given" (index .Values "services" "api" "resources" "requests" "cpu")) | int64) (include "spatialvortex.cpu" (dict "at" "services.api.resources.limits.cpu" "given" (index .Values "services" "api" "resources" "limits" "cpu")) | int64) -}}
{{- fail (printf "services.api.resources: expected requests.cpu of at most limits.cpu, got %s > %s" (toJson $service.resources.requests.cpu | trimAll "\"") (toJson $service.resources.limits.cpu | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- if hasKey $service.resources.limits "memory" }}{{ if gt (include "spatialvortex.memory" (dict "at" "services.api.resources.requests.memory" "given" (index .Values "services" "api" "resources" "requests" "memory")) | int64) (include "spatialvortex.memory" (dict "at" "services.api.resources.limits.memory" "given" (index .Values "services" "api" "resources" "limits" "memory")) | int64) -}}
{{- fail (printf "services.api.resources: expected requests.memory of at most limits.memory, got %s > %s" (toJson $service.resources.requests.memory | trimAll "\"") (toJson $service.resources.limits.memory | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- if and $service.autoscaling.enabled (gt (int64 $service.autoscaling.minReplicas) (int64 $service.autoscaling.maxReplicas)) -}}
{{- fail (printf "services.api.autoscaling: expected minReplicas of at most maxReplicas, got %d > %d" (int64 $service.autoscaling.minReplicas) (int64 $service.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if and $service.autoscaling.enabled (hasKey $service.resources.limits "cpu") -}}
{{- $target := int64 ($service.autoscaling.targetCPUUtilizationPercentage | default 0) -}}
{{- $use := div (mul 100 (include "spatialvortex.cpu" (dict "at" "services.api.resources.limits.cpu" "given" (index .Values "services" "api" "resources" "limits" "cpu")) | int64)) (include "spatialvortex.cpu" (dict "at" "services.api.resources.requests.cpu" "given" (index .Values "services" "api" "resources" "requests" "cpu")) | int64) }}{{ $most := div (sub (mul 10 $use) 1) 11 -}}
{{- if gt $target $most -}}
{{- fail (printf "services.api.autoscaling: expected targetCPUUtilizationPercentage of at most %d, got %d: with this limit and request a pod uses at most %d %%, and nothing is scaled below 110 %% of the target" $most $target $use) -}}
{{- end }}{{ end -}}
{{- if and $service.autoscaling.enabled (hasKey $service.resources.limits "memory") -}}
{{- $target := int64 ($service.autoscaling.targetMemoryUtilizationPercentage | default 0) -}}
{{- $use := div (mul 100 (include "spatialvortex.memory" (dict "at" "services.api.resources.limits.memory" "given" (index .Values "services" "api" "resources" "limits" "memory")) | int64)) (include "spatialvortex.memory" (dict "at" "services.api.resources.requests.memory" "given" (index .Values "services" "api" "resources" "requests" "memory")) | int64) }}{{ $most := div (sub (mul 10 $use) 1) 11 -}}
{{- if gt $target $most -}}
{{- fail (printf "services.api.autoscaling: expected targetMemoryUtilizationPercentage of at most %d, got %d: with this limit and request a pod uses at most %d %%, and nothing is scaled below 110 %% of the target" $most $target $use) -}}
{{- end }}{{ end -}}
{{- range $name := keys $service.settings }}{{ if not (has $name (list "ACTIX_BACKLOG" "ACTIX_KEEP_ALIVE" "ACTIX_COMPRESS" "ENABLE_SIMD" "PREPARED_STATEMENTS" "ONNX_BATCH_SIZE" "RUST_LOG")) -}}
{{- with get (dict "ACTIX_WORKERS" "parameters.ACTIX_WORKERS" "AUDIO_BUFFER_SIZE" "parameters.AUDIO_BUFFER_SIZE" "ONNX_POOL_SIZE" "parameters.ONNX_POOL_SIZE" "DB_POOL_SIZE" "parameters.DB_POOL_SIZE" "CACHE_SIZE_MB" "parameters.CACHE_SIZE_MB" "CACHE_TTL" "parameters.CACHE_TTL" "BATCH_SIZE" "parameters.BATCH_SIZE" "BATCH_TIMEOUT_MS" "parameters.BATCH_TIMEOUT_MS" "VOICE_THREADS" "parameters.VOICE_THREADS" "ORT_INTRA_OP_NUM_THREADS" "parameters.ORT_INTRA_OP_NUM_THREADS" "ACTIX_BACKLOG" "settings.ACTIX_BACKLOG" "ACTIX_KEEP_ALIVE" "settings.ACTIX_KEEP_ALIVE" "ACTIX_COMPRESS" "settings.ACTIX_COMPRESS" "ENABLE_SIMD" "settings.ENABLE_SIMD" "PREPARED_STATEMENTS" "settings.PREPARED_STATEMENTS" "ONNX_BATCH_SIZE" "settings.ONNX_BATCH_SIZE" "RUST_LOG" "settings.RUST_LOG" "DATABASE_URL" "existingSecret" "REDIS_URL" "existingSecret" "GROK_API_KEY" "existingSecret" "SPATIALVORTEX_LAKE_ENCRYPTION_KEY" "existingSecret") $name -}}
{{- fail (printf "services.api.settings: expected a setting that the chart does not have yet, got %s; set services.api.%s" $name .) -}}
{{- end }}{{ end }}{{ end -}}
{{- range $variable := $service.extraEnv -}}
{{- with get (dict "ACTIX_WORKERS" "parameters.ACTIX_WORKERS" "AUDIO_BUFFER_SIZE" "parameters.AUDIO_BUFFER_SIZE" "ONNX_POOL_SIZE" "parameters.ONNX_POOL_SIZE" "DB_POOL_SIZE" "parameters.DB_POOL_SIZE" "CACHE_SIZE_MB" "parameters.CACHE_SIZE_MB" "CACHE_TTL" "parameters.CACHE_TTL" "BATCH_SIZE" "parameters.BATCH_SIZE" "BATCH_TIMEOUT_MS" "parameters.BATCH_TIMEOUT_MS" "VOICE_THREADS" "parameters.VOICE_THREADS" "ORT_INTRA_OP_NUM_THREADS" "parameters.ORT_INTRA_OP_NUM_THREADS" "ACTIX_BACKLOG" "settings.ACTIX_BACKLOG" "ACTIX_KEEP_ALIVE" "settings.ACTIX_KEEP_ALIVE" "ACTIX_COMPRESS" "settings.ACTIX_COMPRESS" "ENABLE_SIMD" "settings.ENABLE_SIMD" "PREPARED_STATEMENTS" "settings.PREPARED_STATEMENTS" "ONNX_BATCH_SIZE" "settings.ONNX_BATCH_SIZE" "RUST_LOG" "settings.RUST_LOG") $variable.name -}}
{{- fail (printf "services.api.extraEnv: expected a variable that the chart does not set, got %s; it comes from services.api.%s" $variable.name .) -}}
{{- end -}}
{{- if hasKey $service.settings $variable.name -}}
{{- fail (printf "services.api.extraEnv: expected a variable that the chart does not set, got %s; it comes from services.api.settings" $variable.name) -}}
{{- end -}}
{{- end -}}
{{- $budget := include "spatialvortex.api.budget" $given | fromJson -}}
{{- $usedMiB := int64 $budget.usedMiB -}}
{{- $ledger := printf "%d MiB available of a limit of %d MiB:" $availableMiB $memoryMiB -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "ACTIX_WORKERS")) "ACTIX_WORKERS" $p_ACTIX_WORKERS "ACTIX_WORKERS * 2" "assumed" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "ONNX_POOL_SIZE")) "ONNX_POOL_SIZE" $p_ONNX_POOL_SIZE "ONNX_POOL_SIZE * 500" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "DB_POOL_SIZE")) "DB_POOL_SIZE" $p_DB_POOL_SIZE "DB_POOL_SIZE" "assumed" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "CACHE_SIZE_MB")) "CACHE_SIZE_MB" $p_CACHE_SIZE_MB "CACHE_SIZE_MB" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  in all" $ledger $usedMiB -}}
{{- range $name, $bounds := $budget.bounds -}}
{{- $value := int64 (index $given.parameters $name) }}{{ $lo := int64 (first $bounds) }}{{ $hi := int64 (last $bounds) -}}
{{- if or (lt $value $lo) (gt $value $hi) -}}
{{- fail (printf "services.api.parameters.%s: expected %d to %d, which are the bounds for a limit of %d MiB and %d millicores, got %d" $name $lo $hi $memoryMiB $cpuMillis $value) -}}
{{- end }}{{ end -}}
{{- if gt $usedMiB $availableMiB -}}
{{- fail (printf "api: expected costs of at most %d MiB, got %d MiB; %s\n%s" $availableMiB $usedMiB (include "spatialvortex.remedies" (merge (dict "at" "services.api" "yields" (list (dict "name" "ONNX_POOL_SIZE" "grid" 1) (dict "name" "CACHE_SIZE_MB" "grid" 1))) $given)) $ledger) -}}
{{- end -}}
{{- $target := int64 ($service.autoscaling.targetMemoryUtilizationPercentage | default 0) -}}
{{- if and $service.autoscaling.enabled (gt $target 0) -}}
{{- $least := int64 $service.autoscaling.minReplicas }}{{ $request := max 1 (div (include "spatialvortex.memory" (dict "at" "services.api.resources.requests.memory" "given" (index .Values "services" "api" "resources" "requests" "memory")) | int64) 1048576000) -}}
{{- $plannedMiB := sub $memoryMiB (sub $availableMiB $usedMiB) -}}
{{- if gt (mul 100 $plannedMiB (add $least 1)) (mul $target $least $request) -}}
{{- fail (printf "services.api.autoscaling: leave targetMemoryUtilizationPercentage out: the planned use of %d MiB of the requested %d is above %d %% x %d / %d, so nothing would ever be scaled down" $plannedMiB $request $target $least (add $least 1)) -}}
{{- end }}{{ end -}}
{{- if gt (int64 (add (mul (int64 (index .Values "services" "api" "parameters" "DB_POOL_SIZE")) (add (ternary (int64 (index .Values "services" "api" "autoscaling" "maxReplicas")) (int64 (index .Values "services" "api" "replicaCount")) (index .Values "services" "api" "autoscaling" "enabled")) 0)) 8)) (int64 (int64 (index .Values "services" "postgres" "parameters" "max_connections"))) -}}
{{- $remedies := list -}}
{{- $low := int64 7 }}{{ $high := div (int64 (index .Values "services" "api" "parameters" "DB_POOL_SIZE")) 1 -}}
{{- range until 54 }}{{ if lt $low $high -}}
{{- $step := div (add $low $high 1) 2 }}{{ $middle := mul $step 1 -}}
{{- if le (int64 (add (mul $middle (add (ternary (int64 (index $.Values "services" "api" "autoscaling" "maxReplicas")) (int64 (index $.Values "services" "api" "replicaCount")) (index $.Values "services" "api" "autoscaling" "enabled")) 0)) 8)) (int64 (int64 (index $.Values "services" "postgres" "parameters" "max_connections"))) }}{{ $low = $step }}{{ else }}{{ $high = sub $step 1 }}{{ end -}}
{{- end }}{{ end -}}
{{- if ge $low 8 }}{{ $remedies = append $remedies (printf "lower services.api.parameters.DB_POOL_SIZE to %d" (mul $low 1)) }}{{ end -}}
{{- $low := add (div (int64 (index .Values "services" "postgres" "parameters" "max_connections")) 1) 1 }}{{ $high := int64 5001 -}}
{{- range until 54 }}{{ if lt $low $high -}}
{{- $step := div (add $low $high) 2 }}{{ $middle := mul $step 1 -}}
{{- if le (int64 (add (mul (int64 (index $.Values "services" "api" "parameters" "DB_POOL_SIZE")) (add (ternary (int64 (index $.Values "services" "api" "autoscaling" "maxReplicas")) (int64 (index $.Values "services" "api" "replicaCount")) (index $.Values "services" "api" "autoscaling" "enabled")) 0)) 8)) (int64 $middle) }}{{ $high = $step }}{{ else }}{{ $low = add $step 1 }}{{ end -}}
{{- end }}{{ end -}}
{{- $asked := mul $low 1 -}}
{{- $others := dict "budget" "spatialvortex.postgres.budget" "parameters" (set (deepCopy (index .Values "services" "postgres").parameters) "max_connections" $asked) -}}
{{- $_ := set $others "cpuMillis" (include "spatialvortex.millis" (dict "at" "services.postgres.resources" "given" (index .Values "services" "postgres" "resources")) | int64) }}{{ $_ := set $others "memoryMiB" (div (include "spatialvortex.memory" (dict "at" "services.postgres.resources.limits.memory" "given" (index .Values "services" "postgres" "resources" "limits" "memory")) | int64) 1048576000) -}}
{{- if hasKey (index .Values "services" "postgres") "availableMiB" }}{{ $_ := set $others "availableMiB" (index .Values "services" "postgres").availableMiB }}{{ end -}}
{{- $budgeted := include "spatialvortex.postgres.budget" $others | fromJson -}}
{{- if and (lt $low 5001) (le $asked (int64 (last (index $budgeted.bounds "max_connections")))) -}}
{{- $raise := printf "raise services.postgres.parameters.max_connections to %d" $asked -}}
{{- if gt (int64 $budgeted.usedMiB) (int64 $budgeted.availableMiB) -}}
{{- $raise = printf "%s and %s" $raise (include "spatialvortex.remedies" (merge (dict "at" "services.postgres" "yields" (list (dict "name" "work_mem" "grid" 1))) $others)) -}}
{{- end }}{{ $remedies = append $remedies $raise -}}
{{- end -}}
{{- $remedy := join " or " $remedies | default "no lower value would do, and no higher one fits" -}}
{{- fail (printf "expected %s: %s; got %d > %d; %s" "api.DB_POOL_SIZE * (api.replicas.max + api.replicas.surge) + 8 <= postgres.max_connections" "every replica's pool can fill up; 3 connections stay with superusers, 5 with migrations, exporter and backup" (int64 (add (mul (int64 (index .Values "services" "api" "parameters" "DB_POOL_SIZE")) (add (ternary (int64 (index .Values "services" "api" "autoscaling" "maxReplicas")) (int64 (index .Values "services" "api" "replicaCount")) (index .Values "services" "api" "autoscaling" "enabled")) 0)) 8)) (int64 (int64 (index .Values "services" "postgres" "parameters" "max_connections"))) $remedy) -}}
{{- end -}}
{{- dict
      "startupSeconds" (add 60 (mul 5 $p_ONNX_POOL_SIZE))
      "ledger" $ledger | toJson -}}
{{- end }}

{{- define "spatialvortex.api.variables" -}}
{{- $service := index .Values.services "api" -}}
{{- $planned := index .Values.plan.services "api" -}}
{{- $variables := list
      (list "ACTIX_WORKERS" (printf "%d" (int64 (index $service.parameters "ACTIX_WORKERS"))))
      (list "AUDIO_BUFFER_SIZE" (printf "%d" (int64 (index $service.parameters "AUDIO_BUFFER_SIZE"))))
      (list "ONNX_POOL_SIZE" (printf "%d" (int64 (index $service.parameters "ONNX_POOL_SIZE"))))
      (list "DB_POOL_SIZE" (printf "%d" (int64 (index $service.parameters "DB_POOL_SIZE"))))
      (list "CACHE_SIZE_MB" (printf "%d" (int64 (index $service.parameters "CACHE_SIZE_MB"))))
      (list "CACHE_TTL" (printf "%d" (int64 (index $service.parameters "CACHE_TTL"))))
      (list "BATCH_SIZE" (printf "%d" (int64 (index $service.parameters "BATCH_SIZE"))))
      (list "BATCH_TIMEOUT_MS" (printf "%d" (int64 (index $service.parameters "BATCH_TIMEOUT_MS"))))
      (list "VOICE_THREADS" (printf "%d" (int64 (index $service.parameters "VOICE_THREADS"))))
      (list "ORT_INTRA_OP_NUM_THREADS" (printf "%d" (int64 (index $service.parameters "ORT_INTRA_OP_NUM_THREADS"))))
      (list "ACTIX_BACKLOG" (index $service.settings "ACTIX_BACKLOG"))
      (list "ACTIX_KEEP_ALIVE" (index $service.settings "ACTIX_KEEP_ALIVE"))
      (list "ACTIX_COMPRESS" (index $service.settings "ACTIX_COMPRESS"))
      (list "ENABLE_SIMD" (index $service.settings "ENABLE_SIMD"))
      (list "PREPARED_STATEMENTS" (index $service.settings "PREPARED_STATEMENTS"))
      (list "ONNX_BATCH_SIZE" (index $service.settings "ONNX_BATCH_SIZE"))
      (list "RUST_LOG" (index $service.settings "RUST_LOG"))
-}}
{{- range $key, $text := omit $service.settings "ACTIX_BACKLOG" "ACTIX_KEEP_ALIVE" "ACTIX_COMPRESS" "ENABLE_SIMD" "PREPARED_STATEMENTS" "ONNX_BATCH_SIZE" "RUST_LOG" }}{{ $variables = append $variables (list $key $text) }}{{ end -}}
{{- $variables | toRawJson -}}
{{- end }}

{{- define "spatialvortex.api.checksum" -}}
{{- include "spatialvortex.api.variables" . | sha256sum -}}
{{- end }}

{{- define "spatialvortex.postgres.budget" -}}
{{- $given := . -}}
{{- $cpuMillis := int64 $given.cpuMillis -}}
{{- $memoryMiB := int64 $given.memoryMiB -}}
{{- $cores := max 1 (div $cpuMillis 1000) -}}
{{- $headroomMiB := int64 (div $memoryMiB 10) -}}
{{- $reserveMiB := int64 0 -}}
{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}
{{- if hasKey $given "availableMiB" }}{{ $availableMiB = int64 $given.availableMiB }}{{ end -}}
{{- $p_shared_buffers := int64 (index $given.parameters "shared_buffers") -}}
{{- $p_effective_cache_size := int64 (index $given.parameters "effective_cache_size") -}}
{{- $p_maintenance_work_mem := int64 (index $given.parameters "maintenance_work_mem") -}}
{{- $p_autovacuum_work_mem := int64 (index $given.parameters "autovacuum_work_mem") -}}
{{- $p_wal_buffers := int64 (index $given.parameters "wal_buffers") -}}
{{- $p_max_connections := int64 (index $given.parameters "max_connections") -}}
{{- $p_max_worker_processes := int64 (index $given.parameters "max_worker_processes") -}}
{{- $p_max_parallel_workers := int64 (index $given.parameters "max_parallel_workers") -}}
{{- $p_max_parallel_workers_per_gather := int64 (index $given.parameters "max_parallel_workers_per_gather") -}}
{{- $p_work_mem := int64 (index $given.parameters "work_mem") -}}
{{- $costs := dict "shared_buffers" (int64 $p_shared_buffers) "maintenance_work_mem" (int64 $p_maintenance_work_mem) "autovacuum_work_mem" (int64 (mul 3 $p_autovacuum_work_mem)) "wal_buffers" (int64 $p_wal_buffers) "max_connections" (int64 (mul $p_max_connections (add 10 (div (add $p_shared_buffers (sub 512 1)) 512)))) "work_mem" (int64 (div (add (mul (mul (add $p_max_connections $p_max_parallel_workers) $p_work_mem) 2) (sub 1024 1)) 1024)) -}}
{{- $usedMiB := int64 0 }}{{ range $costs }}{{ $usedMiB = add $usedMiB . }}{{ end -}}
{{- $bounds := dict "shared_buffers" (list (int64 1) (int64 8388608)) "effective_cache_size" (list (int64 1) (int64 25165824)) "maintenance_work_mem" (list (int64 64) (int64 2048)) "autovacuum_work_mem" (list (int64 16) (int64 256)) "wal_buffers" (list (int64 1) (int64 16)) "max_connections" (list (int64 20) (int64 (max 20 (min (div (mul $memoryMiB 1048576) 9531392) 5000)))) "max_worker_processes" (list (int64 8) (int64 1024)) "max_parallel_workers" (list (int64 1) (int64 1024)) "max_parallel_workers_per_gather" (list (int64 0) (int64 4)) "work_mem" (list (int64 1024) (int64 2097151)) -}}
{{- dict "availableMiB" $availableMiB "usedMiB" $usedMiB "costs" $costs "bounds" $bounds | toJson -}}
{{- end }}

{{- define "spatialvortex.postgres.figures" -}}
{{- $service := index .Values.services "postgres" -}}
{{- $planned := index .Values.plan.services "postgres" -}}
{{- $given := dict "budget" "spatialvortex.postgres.budget" "parameters" $service.parameters -}}
{{- $_ := set $given "cpuMillis" (include "spatialvortex.millis" (dict "at" "services.postgres.resources" "given" (index .Values "services" "postgres" "resources")) | int64) -}}
{{- $_ := set $given "memoryMiB" (div (include "spatialvortex.memory" (dict "at" "services.postgres.resources.limits.memory" "given" (index .Values "services" "postgres" "resources" "limits" "memory")) | int64) 1048576000) -}}
{{- if hasKey $service "availableMiB" }}{{ $_ := set $given "availableMiB" $service.availableMiB }}{{ end -}}
{{- $cpuMillis := int64 $given.cpuMillis -}}
{{- $memoryMiB := int64 $given.memoryMiB -}}
{{- $cores := max 1 (div $cpuMillis 1000) -}}
{{- $headroomMiB := int64 (div $memoryMiB 10) -}}
{{- $reserveMiB := int64 0 -}}
{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}
{{- if hasKey $given "availableMiB" }}{{ $availableMiB = int64 $given.availableMiB }}{{ end -}}
{{- $p_shared_buffers := int64 (index $given.parameters "shared_buffers") -}}
{{- $p_effective_cache_size := int64 (index $given.parameters "effective_cache_size") -}}
{{- $p_maintenance_work_mem := int64 (index $given.parameters "maintenance_work_mem") -}}
{{- $p_autovacuum_work_mem := int64 (index $given.parameters "autovacuum_work_mem") -}}
{{- $p_wal_buffers := int64 (index $given.parameters "wal_buffers") -}}
{{- $p_max_connections := int64 (index $given.parameters "max_connections") -}}
{{- $p_max_worker_processes := int64 (index $given.parameters "max_worker_processes") -}}
{{- $p_max_parallel_workers := int64 (index $given.parameters "max_parallel_workers") -}}
{{- $p_max_parallel_workers_per_gather := int64 (index $given.parameters "max_parallel_workers_per_gather") -}}
{{- $p_work_mem := int64 (index $given.parameters "work_mem") -}}
{{- if hasKey $service.resources.limits "cpu" }}{{ if gt (include "spatialvortex.cpu" (dict "at" "services.postgres.resources.requests.cpu" "given" (index .Values "services" "postgres" "resources" "requests" "cpu")) | int64) (include "spatialvortex.cpu" (dict "at" "services.postgres.resources.limits.cpu" "given" (index .Values "services" "postgres" "resources" "limits" "cpu")) | int64) -}}
{{- fail (printf "services.postgres.resources: expected requests.cpu of at most limits.cpu, got %s > %s" (toJson $service.resources.requests.cpu | trimAll "\"") (toJson $service.resources.limits.cpu | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- if hasKey $service.resources.limits "memory" }}{{ if gt (include "spatialvortex.memory" (dict "at" "services.postgres.resources.requests.memory" "given" (index .Values "services" "postgres" "resources" "requests" "memory")) | int64) (include "spatialvortex.memory" (dict "at" "services.postgres.resources.limits.memory" "given" (index .Values "services" "postgres" "resources" "limits" "memory")) | int64) -}}
{{- fail (printf "services.postgres.resources: expected requests.memory of at most limits.memory, got %s > %s" (toJson $service.resources.requests.memory | trimAll "\"") (toJson $service.resources.limits.memory | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- range $name := keys $service.settings }}{{ if not (has $name (list "autovacuum_max_workers" "hash_mem_multiplier" "superuser_reserved_connections" "huge_pages")) -}}
{{- with get (dict "shared_buffers" "parameters.shared_buffers" "effective_cache_size" "parameters.effective_cache_size" "maintenance_work_mem" "parameters.maintenance_work_mem" "autovacuum_work_mem" "parameters.autovacuum_work_mem" "wal_buffers" "parameters.wal_buffers" "max_connections" "parameters.max_connections" "max_worker_processes" "parameters.max_worker_processes" "max_parallel_workers" "parameters.max_parallel_workers" "max_parallel_workers_per_gather" "parameters.max_parallel_workers_per_gather" "work_mem" "parameters.work_mem" "autovacuum_max_workers" "settings.autovacuum_max_workers" "hash_mem_multiplier" "settings.hash_mem_multiplier" "superuser_reserved_connections" "settings.superuser_reserved_connections" "huge_pages" "settings.huge_pages") (lower $name | replace "-" "_") -}}
{{- fail (printf "services.postgres.settings: expected a setting that the chart does not have yet, got %s; set services.postgres.%s" $name .) -}}
{{- end }}{{ end }}{{ end -}}
{{- range $variable := $service.extraEnv -}}
{{- with get (dict "PGDATA" "persistence" "POSTGRES_USER" "env.POSTGRES_USER" "POSTGRES_DB" "env.POSTGRES_DB") $variable.name -}}
{{- fail (printf "services.postgres.extraEnv: expected a variable that the chart does not set, got %s; it comes from services.postgres.%s" $variable.name .) -}}
{{- end -}}
{{- end -}}
{{- $budget := include "spatialvortex.postgres.budget" $given | fromJson -}}
{{- $usedMiB := int64 $budget.usedMiB -}}
{{- $ledger := printf "%d MiB available of a limit of %d MiB:" $availableMiB $memoryMiB -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "shared_buffers")) "shared_buffers" $p_shared_buffers "shared_buffers" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "maintenance_work_mem")) "maintenance_work_mem" $p_maintenance_work_mem "maintenance_work_mem" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "autovacuum_work_mem")) "autovacuum_work_mem" $p_autovacuum_work_mem "3 * autovacuum_work_mem" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "wal_buffers")) "wal_buffers" $p_wal_buffers "wal_buffers" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "max_connections")) "max_connections" $p_max_connections "max_connections * (10 + ceilDiv(shared_buffers, 512))" "assumed" -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "work_mem")) "work_mem" $p_work_mem "ceilDiv((max_connections + max_parallel_workers) * work_mem * 2, 1024)" "assumed" -}}
{{- $ledger = printf "%s\n%12d MiB  in all" $ledger $usedMiB -}}
{{- range $name, $bounds := $budget.bounds -}}
{{- $value := int64 (index $given.parameters $name) }}{{ $lo := int64 (first $bounds) }}{{ $hi := int64 (last $bounds) -}}
{{- if or (lt $value $lo) (gt $value $hi) -}}
{{- fail (printf "services.postgres.parameters.%s: expected %d to %d, which are the bounds for a limit of %d MiB and %d millicores, got %d" $name $lo $hi $memoryMiB $cpuMillis $value) -}}
{{- end }}{{ end -}}
{{- if gt $usedMiB $availableMiB -}}
{{- fail (printf "postgres: expected costs of at most %d MiB, got %d MiB; %s\n%s" $availableMiB $usedMiB (include "spatialvortex.remedies" (merge (dict "at" "services.postgres" "yields" (list (dict "name" "max_connections" "grid" 1) (dict "name" "work_mem" "grid" 1))) $given)) $ledger) -}}
{{- end -}}
{{- dict
      "startupSeconds" 1800
      "sharedMemoryMiB" (max 256 (add (min $p_maintenance_work_mem 1024) (div (add (mul (mul 2 $p_work_mem) (add (add $p_max_parallel_workers (div $p_max_parallel_workers (max $p_max_parallel_workers_per_gather 1))) 1)) (sub 1024 1)) 1024)))
      "ledger" $ledger | toJson -}}
{{- end }}

{{- define "spatialvortex.redis.budget" -}}
{{- $given := . -}}
{{- $cpuMillis := int64 $given.cpuMillis -}}
{{- $memoryMiB := int64 $given.memoryMiB -}}
{{- $cores := max 1 (div $cpuMillis 1000) -}}
{{- $headroomMiB := int64 (div $memoryMiB 4) -}}
{{- $reserveMiB := int64 0 -}}
{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}
{{- if hasKey $given "availableMiB" }}{{ $availableMiB = int64 $given.availableMiB }}{{ end -}}
{{- $p_maxmemory := int64 (index $given.parameters "maxmemory") -}}
{{- $p_io_threads := int64 (index $given.parameters "io_threads") -}}
{{- $costs := dict "maxmemory" (int64 $p_maxmemory) -}}
{{- $usedMiB := int64 0 }}{{ range $costs }}{{ $usedMiB = add $usedMiB . }}{{ end -}}
{{- $bounds := dict "maxmemory" (list (int64 1) (int64 25165824)) "io_threads" (list (int64 1) (int64 8)) -}}
{{- dict "availableMiB" $availableMiB "usedMiB" $usedMiB "costs" $costs "bounds" $bounds | toJson -}}
{{- end }}

{{- define "spatialvortex.redis.figures" -}}
{{- $service := index .Values.services "redis" -}}
{{- $planned := index .Values.plan.services "redis" -}}
{{- $given := dict "budget" "spatialvortex.redis.budget" "parameters" $service.parameters -}}
{{- $_ := set $given "cpuMillis" (include "spatialvortex.millis" (dict "at" "services.redis.resources" "given" (index .Values "services" "redis" "resources")) | int64) -}}
{{- $_ := set $given "memoryMiB" (div (include "spatialvortex.memory" (dict "at" "services.redis.resources.limits.memory" "given" (index .Values "services" "redis" "resources" "limits" "memory")) | int64) 1048576000) -}}
{{- if hasKey $service "availableMiB" }}{{ $_ := set $given "availableMiB" $service.availableMiB }}{{ end -}}
{{- $cpuMillis := int64 $given.cpuMillis -}}
{{- $memoryMiB := int64 $given.memoryMiB -}}
{{- $cores := max 1 (div $cpuMillis 1000) -}}
{{- $headroomMiB := int64 (div $memoryMiB 4) -}}
{{- $reserveMiB := int64 0 -}}
{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}
{{- if hasKey $given "availableMiB" }}{{ $availableMiB = int64 $given.availableMiB }}{{ end -}}
{{- $p_maxmemory := int64 (index $given.parameters "maxmemory") -}}
{{- $p_io_threads := int64 (index $given.parameters "io_threads") -}}
{{- if hasKey $service.resources.limits "cpu" }}{{ if gt (include "spatialvortex.cpu" (dict "at" "services.redis.resources.requests.cpu" "given" (index .Values "services" "redis" "resources" "requests" "cpu")) | int64) (include "spatialvortex.cpu" (dict "at" "services.redis.resources.limits.cpu" "given" (index .Values "services" "redis" "resources" "limits" "cpu")) | int64) -}}
{{- fail (printf "services.redis.resources: expected requests.cpu of at most limits.cpu, got %s > %s" (toJson $service.resources.requests.cpu | trimAll "\"") (toJson $service.resources.limits.cpu | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- if hasKey $service.resources.limits "memory" }}{{ if gt (include "spatialvortex.memory" (dict "at" "services.redis.resources.requests.memory" "given" (index .Values "services" "redis" "resources" "requests" "memory")) | int64) (include "spatialvortex.memory" (dict "at" "services.redis.resources.limits.memory" "given" (index .Values "services" "redis" "resources" "limits" "memory")) | int64) -}}
{{- fail (printf "services.redis.resources: expected requests.memory of at most limits.memory, got %s > %s" (toJson $service.resources.requests.memory | trimAll "\"") (toJson $service.resources.limits.memory | trimAll "\"")) -}}
{{- end }}{{ end -}}
{{- range $name := keys $service.settings }}{{ if not (has $name (list "save" "appendonly" "maxmemory-policy" "maxmemory-clients" "lazyfree-lazy-eviction" "lazyfree-lazy-expire" "lazyfree-lazy-server-del" "lazyfree-lazy-user-del")) -}}
{{- with get (dict "maxmemory" "parameters.maxmemory" "io_threads" "parameters.io_threads" "save" "settings.save" "appendonly" "settings.appendonly" "maxmemory_policy" "settings.maxmemory-policy" "maxmemory_clients" "settings.maxmemory-clients" "lazyfree_lazy_eviction" "settings.lazyfree-lazy-eviction" "lazyfree_lazy_expire" "settings.lazyfree-lazy-expire" "lazyfree_lazy_server_del" "settings.lazyfree-lazy-server-del" "lazyfree_lazy_user_del" "settings.lazyfree-lazy-user-del") (lower $name | replace "-" "_") -}}
{{- fail (printf "services.redis.settings: expected a setting that the chart does not have yet, got %s; set services.redis.%s" $name .) -}}
{{- end }}{{ end }}{{ end -}}
{{- range $variable := $service.extraEnv -}}
{{- with get (dict ) $variable.name -}}
{{- fail (printf "services.redis.extraEnv: expected a variable that the chart does not set, got %s; it comes from services.redis.%s" $variable.name .) -}}
{{- end -}}
{{- end -}}
{{- $budget := include "spatialvortex.redis.budget" $given | fromJson -}}
{{- $usedMiB := int64 $budget.usedMiB -}}
{{- $ledger := printf "%d MiB available of a limit of %d MiB:" $availableMiB $memoryMiB -}}
{{- $ledger = printf "%s\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs "maxmemory")) "maxmemory" $p_maxmemory "maxmemory" "documented" -}}
{{- $ledger = printf "%s\n%12d MiB  in all" $ledger $usedMiB -}}
{{- range $name, $bounds := $budget.bounds -}}
{{- $value := int64 (index $given.parameters $name) }}{{ $lo := int64 (first $bounds) }}{{ $hi := int64 (last $bounds) -}}
{{- if or (lt $value $lo) (gt $value $hi) -}}
{{- fail (printf "services.redis.parameters.%s: expected %d to %d, which are the bounds for a limit of %d MiB and %d millicores, got %d" $name $lo $hi $memoryMiB $cpuMillis $value) -}}
{{- end }}{{ end -}}
{{- if gt $usedMiB $availableMiB -}}
{{- fail (printf "redis: expected costs of at most %d MiB, got %d MiB; %s\n%s" $availableMiB $usedMiB (include "spatialvortex.remedies" (merge (dict "at" "services.redis" "yields" (list (dict "name" "maxmemory" "grid" 1))) $given)) $ledger) -}}
{{- end -}}
{{- dict
      "startupSeconds" 20
      "ledger" $ledger | toJson -}}
{{- end }}
