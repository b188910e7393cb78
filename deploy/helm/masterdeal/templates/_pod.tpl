{{- define "masterdeal.labels" -}}
app: masterdeal
app.kubernetes.io/name: masterdeal
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "masterdeal.selector" -}}
app.kubernetes.io/name: masterdeal
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "masterdeal.env" -}}
{{- range $name, $value := .root.Values.env }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
- { name: OTEL_SERVICE_NAME, value: {{ .serviceName }} }
{{- range $name, $key := .root.Values.secret.keys }}
{{- if $key }}
- { name: {{ $name }}, valueFrom: { secretKeyRef: { name: {{ $.root.Values.secret.name }}, key: {{ $key }} } } }
{{- end }}
{{- end }}
{{- end }}

{{- define "masterdeal.mounts" -}}
- { name: data, mountPath: /data }
- { name: tmp, mountPath: /tmp }
{{- if .Values.config.name }}
- { name: config, mountPath: /etc/masterdeal, readOnly: true }
{{- end }}
{{- end }}

{{- define "masterdeal.volumes" -}}
- { name: data, emptyDir: {} }
- { name: tmp, emptyDir: {} }
{{- if .Values.config.name }}
- { name: config, configMap: { name: {{ .Values.config.name }} } }
{{- end }}
{{- end }}

{{- define "masterdeal.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
